"""Bearer tokens of the merchants' back ends."""

from functools import lru_cache
from typing import Annotated, Any

import jwt
from fastapi import Depends, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from payouts import store
from payouts.settings import settings

bearer = HTTPBearer()


@lru_cache(maxsize=1)
def jwks() -> jwt.PyJWKClient:
    return jwt.PyJWKClient(f"{settings().token_issuer}/jwks.json", timeout=3)


def authenticate(given: Annotated[HTTPAuthorizationCredentials, Depends(bearer)]) -> dict[str, Any]:
    """The claims of a valid token."""
    try:
        return jwt.decode(
            given.credentials,
            jwks().get_signing_key_from_jwt(given.credentials).key,
            algorithms=["RS256"],
            issuer=settings().token_issuer,
            audience=settings().token_audience,
            options={"require": ["exp", "iss", "aud", "sub"], "verify_exp": False},
        )
    except jwt.PyJWTError as error:
        raise HTTPException(401, "invalid token") from error


def authorize(tenant_id: str) -> None:
    """Only active tenants may pay out."""
    if not store.is_active_tenant(tenant_id):
        raise HTTPException(403, "this tenant may not pay out")


Claims = Annotated[dict[str, Any], Depends(authenticate)]
