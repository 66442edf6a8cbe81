"""What the clinic says of itself: read from SMARTCLINIC_CLINIC_NAME, _PHONE, _URL and _SENDER."""

from pydantic_settings import BaseSettings, SettingsConfigDict

from clinic.notification.schemas import Clinic


class Settings(BaseSettings):
    """The defaults name nobody: `.invalid` (RFC 2606) is an address that never receives anything."""

    model_config = SettingsConfigDict(env_prefix="SMARTCLINIC_CLINIC_")

    name: str = "Клиника"
    phone: str = ""
    url: str = ""
    sender: str = "reminders@clinic.invalid"

    def clinic(self) -> Clinic:
        """The clinic as letters name it.

        Raises:
            ClinicError: a setting cannot stand in a letter.
        """
        return Clinic(self.name, self.phone, self.url, self.sender)
