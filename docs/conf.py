"""How the documentation becomes a site: `make docs`, and checked in `make lint`."""

project = "data_platform"
extensions = ["myst_parser"]
html_theme = "furo"
html_title = "data_platform"
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 4
exclude_patterns = ["examples/**"]
