"""Built pages as assistive technology reads them: roles and names that Sphinx and the theme leave wrong."""

from bs4 import BeautifulSoup


def make_accessible(page: BeautifulSoup) -> None:
    """Let the roles and names of a page agree with what it shows.

    An empty cell heads no column. What has words of its own is called by them, so that a reader can say what
    it shows to operate it; what folds pages away is called by the page above them. A bibliography is a list.
    The logo lies in a landmark, as all of a page should.
    """
    for cell in page.select("th"):
        if not cell.get_text(strip=True):
            cell.name = "td"
    for named in page.select("summary[aria-label], .search-button-field"):
        del named["aria-label"]
    for item in page.select("li:has(> a):has(> details)"):
        for toggle in item.select(":scope > details > summary"):
            toggle["aria-label"] = f"Pages below {item.select(':scope > a')[0].get_text(strip=True)}"
    for icon in page.select(".theme-switch-button .theme-switch"):
        del icon["title"]
    for entry in page.select("[role=doc-biblioentry]"):
        entry["role"] = "listitem"
    for logo in page.select(".sidebar-primary-item:has(> .navbar-brand)"):
        logo.name = "nav"
        logo["aria-label"] = "Front page"
