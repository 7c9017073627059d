"""The pages that are made from the code: one module and one function a page, each returns Markdown."""
