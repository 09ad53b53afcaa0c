"""What a model costs: listed, given by an operator, or not known; and a list that can't be used says why."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from gonogo.agents.asking.budget import Bounds, Budget, Turn
from gonogo.agents.asking.price_file import PricesError, keep_prices, kept_prices, read_prices
from gonogo.agents.asking.prices import CEILING, LISTED, Price, PriceList, Prices, find_price

ROW = {"input": 2.5, "output": 12.0, "cached": 0.25, "written": 3.0}
SONNET = "bedrock:us.anthropic.claude-sonnet-4-5-20250929-v1:0"
DOLLARS = st.floats(0, 1_000, allow_nan=False)
PRICES = st.builds(Price, input=DOLLARS, output=DOLLARS, cached=DOLLARS, written=DOLLARS)


def prices_of(**rows: object) -> PriceList:
    models = rows or {"anthropic.claude-sonnet-4-5": ROW}
    return PriceList.model_validate({"as_of": "2026-11-01", "source": "our agreement", "models": models})


def given_file(folder: Path, text: str) -> Path:
    path = folder / "prices.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("model", "cost"),
    [
        ("eu.amazon.nova-lite-v1:0", 0.06),
        ("amazon.nova-pro-v1:0:300k", 0.80),
        ("us.anthropic.claude-sonnet-4-20250514-v1:0", 3.0),
        ("arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-opus-4-5-20251101-v1:0", 5.0),
        ("us.meta.llama3-3-70b-instruct-v1:0", 0.72),
        ("us.anthropic.claude-sonnet-5-5", None),
        ("anthropic.claude-sonnet-4-9", None),
        ("amazon.nova-lite-2-v1:0", None),
        ("arn:aws:bedrock:us-east-1:1:application-inference-profile/abc", None),
    ],
)
def test_a_row_is_of_its_model_and_the_editions_of_it_alone(model: str, cost: float | None) -> None:
    price = find_price("bedrock", model)
    assert (price and price.of(Turn(1_000_000, 0))) == (cost and pytest.approx(cost))
    assert find_price("openai", model) is None


@pytest.mark.parametrize(
    ("row", "model", "is_of"),
    [
        ("openai:gpt-5", "openai:gpt-5", True),
        ("openai:gpt-5", "openai:gpt-5-2025-08-07", True),
        ("openai:gpt-5", "openai:gpt-5-mini", False),
        ("openai:gpt-5", "azure:gpt-5", False),
        ("gpt-5", "openai:gpt-5", False),
        ("bedrock:amazon.nova-lite", "bedrock:us.amazon.nova-lite-v1:0", True),
        ("amazon.nova-lite", "bedrock:us.amazon.nova-lite-v1:0", True),
        ("amazon.nova-lite-v1:0", "bedrock:us.amazon.nova-lite-v1:0", True),
        ("us.amazon.nova-lite", "bedrock:eu.amazon.nova-lite-v1:0", False),
        ("arn:aws:x/abc", "bedrock:arn:aws:x/abc", True),
    ],
)
def test_an_operator_names_any_provider_s_model(row: str, model: str, is_of: bool) -> None:
    assert (prices_of(**{row: ROW}).row(model) == row) is is_of


def test_the_longest_name_counts() -> None:
    dear = ROW | {"input": 9.0}
    prices = Prices(prices_of(**{"amazon.nova-lite": ROW, "us.amazon.nova-lite": dear}))
    found = [prices.find(f"bedrock:{region}.amazon.nova-lite-v1:0") for region in ("us", "eu")]
    assert [known and known.price.input for known in found] == [9.0, 2.5]


def test_an_operator_s_price_wins() -> None:
    own, listed = Prices(prices_of()).find(SONNET), LISTED.find(SONNET)
    assert own is not None
    assert listed is not None
    assert (own.price.input, str(own.as_of), own.source) == (2.5, "2026-11-01", "our agreement")
    assert (listed.price.input, str(listed.as_of)) == (3.0, "2025-12-01")
    assert Prices(prices_of()).find("bedrock:amazon.nova-lite-v1:0") == LISTED.find("bedrock:amazon.nova-lite-v1:0")


def test_a_model_of_unknown_price_is_bounded_by_its_family() -> None:
    sonnet, opus = LISTED.ceiling(["bedrock:us.anthropic.claude-sonnet-9"]), LISTED.ceiling(["bedrock:x.claude-opus-9"])
    assert sonnet == find_price("bedrock", "anthropic.claude-sonnet-4-5")
    assert opus.output > sonnet.output
    assert LISTED.ceiling(["bedrock:us.anthropic.claude-sonnet-9", "bedrock:x.claude-opus-9"]) == opus
    assert LISTED.ceiling(["bedrock:nobody.knows"]) == CEILING
    dear = Prices(prices_of(**{"anthropic.claude-sonnet-8": ROW | {"output": 99.0}}))
    assert dear.ceiling(["bedrock:us.anthropic.claude-sonnet-9"]).output == 99.0
    assert dear.ceiling(["bedrock:nobody.knows"]).output == 99.0
    assert dear.ceiling(["bedrock:us.anthropic.claude-sonnet-8"]) == Price(**ROW | {"output": 99.0})


@given(st.lists(PRICES, min_size=1, max_size=3), PRICES)
def test_nothing_known_costs_more_than_its_ceiling(rows: list[Price], own: Price) -> None:
    models = {f"anthropic.claude-sonnet-{n}": row for n, row in enumerate(rows, 6)} | {"openai:gpt-5": own}
    prices = Prices(PriceList.model_validate({"as_of": "2026-11-01", "source": "x", "models": models}))
    asked = [f"bedrock:us.{name}" for name in models if name.startswith("a")] + ["openai:gpt-5", "bedrock:x.sonnet-99"]
    ceiling = prices.ceiling(asked)
    for model in asked:
        if (known := prices.find(model)) is not None:
            assert all(getattr(known.price, name) <= getattr(ceiling, name) for name in Price.model_fields)
    kept = prices.given_for(asked)
    assert kept is not None
    assert Prices(kept_prices(keep_prices(kept))).ceiling(asked) == ceiling


@given(st.lists(st.tuples(st.integers(0, 9_999), st.integers(0, 9_999), st.none() | PRICES), min_size=1))
def test_what_is_not_known_never_becomes_a_number(turns: list[tuple[int, int, Price | None]]) -> None:
    budget, is_known = Budget(Bounds(), lambda: 0.0, ceiling=CEILING), True
    for into, out, price in turns:
        budget.add(Turn(into, out), price)
        is_known = is_known and price is not None
        assert (budget.use.cost_usd is not None) is is_known


def test_a_file_is_read(tmp_path: Path) -> None:
    row = "{input: 1, output: 2.5, cached: 0, written: 0.0}"
    text = f"as_of: 2026-11-01\nsource: ours\nmodels:\n  openai:gpt-5: {row}\n"
    found = read_prices(given_file(tmp_path, text))
    assert found == read_prices(given_file(tmp_path, text.replace("2026-11-01", "'2026-11-01'")))
    assert found.models == {"openai:gpt-5": Price(input=1, output=2.5, cached=0, written=0)}
    assert kept_prices(yaml.safe_load(yaml.safe_dump(keep_prices(found)))) == found


HEAD = "as_of: 2026-11-01\nsource: ours\nmodels:\n"
GOOD = "input: 1, output: 2, cached: 0, written: 0"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "the document"),
        ("[1]", "the document"),
        ("as_of: 2026-11-01\nsource: ours\n", "models: Field required"),
        ("as_of: 2026-11-01\nsource: ours\nmodels: {}\n", r":3: models"),
        (f"source: ours\nmodels:\n  a: {{{GOOD}}}\n", "as_of: Field required"),
        (HEAD.replace("2026-11-01", "20261101") + f"  a: {{{GOOD}}}\n", r":1: as_of: write a date"),
        (HEAD.replace("2026-11-01", "yesterday") + f"  a: {{{GOOD}}}\n", r":1: as_of"),
        (HEAD.replace("ours", "''") + f"  a: {{{GOOD}}}\n", r":2: source: write one line"),
        (HEAD.replace("ours", '"a\\u202Eb"') + f"  a: {{{GOOD}}}\n", r":2: source: write one line"),
        (HEAD + "  a: {input: 1, output: 2, cached: 0}\n", r":4: models.a.written: Field required"),
        (HEAD + "  a: 3\n", r":4: models.a: "),
        (HEAD + f"  a: {{{GOOD}, batch: 1}}\n", r":4: models.a.batch: is no key of a price list"),
        (f"currency: EUR\n{HEAD}  a: {{{GOOD}}}\n", r":1: currency: is no key of a price list"),
        (HEAD + f"  a: {{{GOOD.replace('1', '-1')}}}\n", r":4: models.a.input: .*greater than or equal to 0"),
        (HEAD + f"  a: {{{GOOD.replace('1', 'dear')}}}\n", r":4: models.a.input: .*number"),
        (HEAD + f"  a: {{{GOOD.replace('1', repr('1'))}}}\n", r":4: models.a.input: .*number"),
        (HEAD + f"  a: {{{GOOD.replace('1', 'true')}}}\n", r":4: models.a.input: .*number"),
        (HEAD + f"  a: {{{GOOD.replace('1', '.nan')}}}\n", r":4: models.a.input: .*finite"),
        (HEAD + f"  a: {{{GOOD.replace('1', '.inf')}}}\n", r":4: models.a.input: .*finite"),
        (HEAD + f"  a: {{{GOOD.replace('1', '')}}}\n", r":4: models.a.input: .*number"),
        (HEAD + f"  a: {{{GOOD}}}\n  a: {{{GOOD}}}\n", r":5: a: stands here twice"),
        (HEAD + f"  a: {{{GOOD}}}\n  bedrock:a: {{{GOOD}}}\n", "models: bedrock:a is priced twice"),
        (HEAD + f"  a b: {{{GOOD}}}\n", "names no model"),
        (HEAD + f"  a: &x {{{GOOD}}}\n  b: *x\n", "aliases"),
        ("as_of: [\n", r":2: is not valid YAML"),
        ("as_of: 2026-99-99\n", "is not valid YAML"),
        ("x: \x00", "is not valid YAML"),
    ],
)
def test_a_file_that_can_t_be_used_says_where_and_what_to_do(tmp_path: Path, text: str, says: str) -> None:
    path = given_file(tmp_path, text)
    with pytest.raises(PricesError, match=says) as raised:
        read_prices(path)
    assert str(raised.value).startswith(str(path))
    assert str(raised.value).endswith(".")
    assert len(str(raised.value)) < len(str(path)) + 400


def test_what_is_no_short_text_file_is_said(tmp_path: Path) -> None:
    path = tmp_path / "prices.yaml"
    for data, says in ((b"\xff\xfe", "UTF-8"), (b"#" * 300_000, "larger than")):
        path.write_bytes(data)
        with pytest.raises(PricesError, match=says):
            read_prices(path)
    for missing in (tmp_path / "nothing.yaml", tmp_path):
        with pytest.raises(PricesError, match="--prices"):
            read_prices(missing)


def test_kept_prices_that_were_changed_are_refused() -> None:
    assert kept_prices(None) is None
    for kept in ({}, [], "x", keep_prices(prices_of()) | {"models": {"a": {"input": -1}}}):
        with pytest.raises(PricesError, match="recorded"):
            kept_prices(kept)
