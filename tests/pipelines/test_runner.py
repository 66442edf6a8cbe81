import pickle
import traceback

import pytest

from pipelines.runner import Concealed, concealing


def test_only_the_type_of_an_error_leaves_the_process() -> None:
    with pytest.raises(Concealed) as caught, concealing():
        raise FileNotFoundError(2, "No such file", "/records/Щербатова.json")
    concealed = caught.value
    assert isinstance(concealed.cause, FileNotFoundError)
    assert "Щербатова" not in "".join(traceback.format_exception(concealed))
    kept = pickle.loads(pickle.dumps(concealed))
    assert (str(kept), kept.cause, kept.passing) == ("FileNotFoundError", None, False)
    assert "Щербатова".encode() not in pickle.dumps(concealed)


@pytest.mark.parametrize(
    ("error", "passing"), [(OSError("busy"), True), (PermissionError(), False), (ValueError(), False)]
)
def test_only_what_may_pass_is_retried(error: Exception, passing: bool) -> None:
    with pytest.raises(Concealed) as caught, concealing():
        raise error
    assert caught.value.passing is passing
