@pytest.mark.parametrize(
    "path", ["web/.vite/deps/three.js", "web/coverage/index.html", ".jest-cache/a", "a/.turbo/log"]
)
def test_tracked_caches_and_coverage_reports_are_outputs(path: str) -> None:
    assert status("artifacts-not-committed", {path: "x\n", "app.py": "\n"}) == "fail"
