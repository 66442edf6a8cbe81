"""One patient's answer, from the running API where there is one, else worked out here."""

import httpx

from features.error import Problem
from pipelines import engine, lock, stage
from pipelines.home import Home
from serving.problem import SubjectNotFound
from serving.schemas import Language, Recommendations, Risks


class NoAnswer(Problem):
    """The API gave no answer, or nobody knows this patient."""


def ask(home: Home, subject: int, language: Language) -> tuple[Recommendations, Risks]:
    """What is due for `subject` and what the risk models say, as of now.

    Raises:
        NoAnswer: no such patient, or the running API failed.
    """
    url = lock.server(home)
    if url is not None:
        return _over_http(home, url, subject, language)
    answers = engine.batch(home)
    try:
        (found,) = answers.recommend([subject], stage.now(), language)
        (risks,) = answers.risks([subject], stage.now(), language)
    except SubjectNotFound:
        raise NoAnswer(_nobody(home, subject)) from None
    finally:
        answers.bundles.close()
    return found, risks


def _nobody(home: Home, subject: int) -> str:
    return f"No patient has the number {subject}. All numbers: subject_id in {home.scores / stage.RISKS}."


def _over_http(home: Home, url: str, subject: int, language: Language) -> tuple[Recommendations, Risks]:
    with httpx.Client(base_url=f"{url}/v1/patients/{subject}", timeout=30) as client:
        bodies = []
        for path in ("recommendations", "risks"):
            try:
                answer = client.get(path, params={"language": language})
            except httpx.HTTPError as error:
                raise NoAnswer(f"The API at {url} did not answer ({type(error).__name__}).") from None
            if answer.status_code == 404:
                raise NoAnswer(_nobody(home, subject))
            if answer.status_code != 200:
                raise NoAnswer(f"The API at {url} answered {answer.status_code}: see its log.")
            bodies.append(answer.content)
    return Recommendations.model_validate_json(bodies[0]), Risks.model_validate_json(bodies[1])
