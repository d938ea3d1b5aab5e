"""The doctor says beforehand what browsers elsewhere would be refused for."""

import pytest

from dispatch.run.doctor import address
from dispatch.run.settings import Settings


@pytest.mark.parametrize(
    ("host", "public", "good", "said"),
    [
        ("127.0.0.1", "", True, "http://127.0.0.1:8080"),
        ("0.0.0.0", "", False, "GONGCHE_PUBLIC_URL is not set"),
        ("::", "", False, "GONGCHE_PUBLIC_URL is not set"),
        ("0.0.0.0", "http://10.1.2.3:8080", True, "phones cannot open the page offline"),
        ("127.0.0.1", "https://cars.example", True, "https://cars.example"),
    ],
)
def test_the_address_of_the_pages(host, public, good, said):
    found = address(Settings(http_host=host, http_port=8080, public_url=public))
    assert (found.what, found.good) == ("address", good)
    assert said in found.said
