"""The one base of HTML elements that Reflex does not bring along."""

from __future__ import annotations

from reflex_components_core.el.element import Element  # type: ignore[import-untyped]


class PlainElement(Element):  # type: ignore[misc]
    """An element that is drawn as its `tag` says, with nothing added."""
