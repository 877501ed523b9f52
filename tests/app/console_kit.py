"""The teacher's page, and the students' within the app, as a test drives them."""

from streamlit.testing.v1 import AppTest

from normlab.classroom import Opened


def draw_class_page() -> None:
    from normlab.app.classroom import page

    page.PAGE.show()


def console(mine: Opened | None) -> AppTest:
    at = AppTest.from_function(draw_class_page, default_timeout=30)
    at.session_state["class-console-told"] = True
    at.session_state["class-console"] = (mine.code, mine.secret) if mine else None
    at.run()
    assert not at.exception, at.exception
    return at


def press(at: AppTest, key: str) -> None:
    at.button(key=f"console-{key}").click().run()
    assert not at.exception, at.exception


def told(at: AppTest) -> str:
    return " ".join(
        [str(one.value) for kind in (at.markdown, at.caption, at.info, at.warning, at.error) for one in kind]
        + [str(one.proto.body) for one in at.get("html")]
    )


def draw_join_page() -> None:
    from normlab.app.classroom import join

    join.PAGE.show()


def joining() -> AppTest:
    at = AppTest.from_function(draw_join_page, default_timeout=30)
    at.session_state["class-student-told"] = True
    return at.run()
