"""What sections of the configuration have in common."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from antiphon.core import values

SNOWFLAKE = Field(ge=1, lt=2**64)  # an id as Discord gives them
Dollars = Annotated[float, Field(gt=0, le=1_000_000)]
Mode = Annotated[values.PermissionMode, BeforeValidator(lambda given: values.mode_named(str(given)))]
Seconds = Annotated[float, Field(gt=0, le=7 * 86400)]


class Section(BaseModel):
    """A table of the TOML file."""

    model_config = ConfigDict(frozen=True, extra="forbid")
