"""What Reflex is told about the portal."""

import reflex as rx

from portal.own_origin import OwnOrigin

config = rx.Config(
    app_name="portal",
    telemetry_enabled=False,
    show_built_with_reflex=False,
    plugins=[OwnOrigin()],
    disable_plugins=[rx.plugins.SitemapPlugin],
)
