"""Which addresses an admin may list for the chat, and how they are kept."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from billing.preferences import PortalPreferences
from billing.sites import MOST, read_sites


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("https://www.example.com", "https://www.example.com"),
        ("https://WWW.Example.com/", "https://www.example.com"),
        ("www.example.com", "https://www.example.com"),
        ("https://example.com:443", "https://example.com"),
        ("https://example.com:8443", "https://example.com:8443"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://127.0.0.1:80", "http://127.0.0.1"),
    ],
)
def test_a_site_is_kept_as_browsers_spell_it(written: str, kept: str) -> None:
    assert read_sites(written) == (kept,)


def test_several_sites_are_kept_once_each_whatever_stands_between_them() -> None:
    kept = PortalPreferences(widget_sites="a.example, https://b.example\nb.example  a.example").widget_sites
    assert kept == "https://a.example, https://b.example"
    assert read_sites("") == ()


@pytest.mark.parametrize(
    "written",
    [
        "http://www.example.com",
        "https://*.example.com",
        "*",
        "https://example.com/shop",
        "https://example.com?x=1",
        "https://example.com#x",
        "https://somebody@example.com",
        "https://example.com:99999",
        "javascript://example.com",
        "https://example.com;script-src",
        "'self'",
        "https://",
        "file:///etc/passwd",
        "https://[::1]",
    ],
)
def test_what_is_no_site_is_refused_with_a_sentence(written: str) -> None:
    with pytest.raises(ValidationError, match=r"is not the address of a site|Sites need https: https://www"):
        PortalPreferences(widget_sites=written)


def test_a_frame_without_an_origin_is_never_listed() -> None:
    assert "null" not in read_sites("null")


def test_the_list_has_an_end() -> None:
    with pytest.raises(ValueError, match=f"There can be {MOST} sites"):
        read_sites(" ".join(f"s{n}.example" for n in range(MOST + 1)))
