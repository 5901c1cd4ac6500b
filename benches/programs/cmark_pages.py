"""cmarkgfm: renders 16,000 short Markdown texts."""

import cmarkgfm

text = "# Title {}\n\nSome *words* and `code` with [a link](https://example.org).\n\n- one\n- two\n"
print(sum(len(cmarkgfm.github_flavored_markdown_to_html(text.format(i))) for i in range(16000)))
