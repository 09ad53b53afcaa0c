"""Who asks: an OAuth2 client by a signed token. The client's id is the tenant, and comes from nowhere else."""

from functools import lru_cache
from typing import Annotated

import jwt
from fastapi import Depends, HTTPException, status
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from parcels.settings import settings

_bearer = HTTPBearer(auto_error=False)


@lru_cache(maxsize=1)
def _keys() -> jwt.PyJWKClient:
    return jwt.PyJWKClient(f"{settings().token_issuer}/.well-known/jwks.json", cache_keys=True, timeout=3)


def authenticated_client(given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> str:
    if given is None:
        raise HTTPException(status.HTTP_401_UNAUTHORIZED, headers={"WWW-Authenticate": "Bearer"})
    try:
        claims = jwt.decode(
            given.credentials,
            _keys().get_signing_key_from_jwt(given.credentials).key,
            algorithms=["RS256"],
            issuer=settings().token_issuer,
            audience=settings().token_audience,
            options={"require": ["exp", "iss", "aud", "sub"]},
        )
    except jwt.PyJWKClientConnectionError as error:
        raise HTTPException(status.HTTP_503_SERVICE_UNAVAILABLE, headers={"Retry-After": "5"}) from error
    except jwt.PyJWTError as error:
        raise HTTPException(status.HTTP_401_UNAUTHORIZED, headers={"WWW-Authenticate": "Bearer"}) from error
    return str(claims["sub"])


Client = Annotated[str, Depends(authenticated_client)]
