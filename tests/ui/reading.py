"""Reads HTML back in the tests of the pages."""

from html.parser import HTMLParser

HOSTILE = "<script>alert(\"x\")</script> & 'q' ${1+1} {{value}}"


class Reader(HTMLParser):
    """Collects elements and text, and sees that all are closed."""

    VOID = frozenset({"img", "br", "input", "path", "circle", "ellipse"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self) -> str:
        return "".join(self.words)
