"""Each mapped type: what it becomes, when it happened and when it was known."""

from datetime import datetime
from typing import Any

import polars as pl
import pytest
from conftest import Bench, Records
