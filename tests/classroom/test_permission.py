"""Who may open a class, and where one can be kept."""

from pathlib import Path

import pytest

from normlab.classroom import Permission, PermissionProblem, disk, has_key, is_key, is_near, permission


@pytest.mark.parametrize(
    ("host", "near"),
    [
        ("localhost:8501", True),
        ("127.0.0.1", True),
        ("[::1]:8501", True),
        ("192.168.1.20:8501", True),
        ("10.0.0.7", True),
        ("8.8.8.8:8501", False),
        ("normlab.example.org", False),
        ("localhost.example.org", False),
        ("", False),
        ("192.168.1.20.nip.io", False),
    ],
)
def test_near_is_a_loopback_or_private_address_past_no_proxy(host: str, near: bool) -> None:
    assert is_near(host, "192.168.1.30", is_forwarded=False) is near
    assert not is_near(host, "192.168.1.30", is_forwarded=True)


@pytest.mark.parametrize(
    ("caller", "near"),
    [("localhost", True), ("fd00::7", True), ("::ffff:10.0.0.9", True), ("8.8.8.8", False), ("::ffff:8.8.8.8", False)],
)
def test_a_caller_from_afar_is_not_near_whatever_host_it_names(caller: str, near: bool) -> None:
    assert is_near("localhost", caller, is_forwarded=False) is near
    assert not is_near("localhost", "", is_forwarded=False)


def test_the_setting_decides_and_without_one_who_is_near_may_open() -> None:
    assert permission(is_near=True, environment={}) is Permission.OPEN
    assert permission(is_near=False, environment={}) is Permission.KEY
    assert permission(is_near=True, environment={"NORMLAB_CLASS_KEY": "blue horse"}) is Permission.KEY
    for said in Permission:
        assert permission(is_near=True, environment={"NORMLAB_CLASS": f" {said.upper()} "}) is said
    with pytest.raises(PermissionProblem, match="off, key or open"):
        permission(is_near=True, environment={"NORMLAB_CLASS": "yes"})


def test_a_key_is_compared_whole_and_none_opens_nothing() -> None:
    has = {"NORMLAB_CLASS_KEY": "blue horse"}
    assert is_key(" blue horse ", has)
    assert not any(is_key(typed, has) for typed in ("", "blue", "Blue horse", "\ud800"))
    assert not is_key("", {})
    assert not is_key("", {"NORMLAB_CLASS_KEY": " "})
    assert has_key(has)
    assert not has_key({})


def test_a_network_disk_is_refused_and_a_temporary_folder_warned_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = tmp_path / "mounts"
    monkeypatch.setattr(disk, "_MOUNTS", mounts)
    for kind, refused in (("ext4", False), ("nfs4", True)):
        mounts.write_text(f"rootfs / ext4 rw 0 0\nserver:/x {tmp_path} {kind} rw 0 0\n", encoding="utf-8")
        assert bool(disk.refusal(tmp_path / "store")) is refused
    assert "temporary" in disk.warning(tmp_path)
    assert not disk.warning(Path("/srv/normlab"))
    mounts.unlink()
    assert not disk.refusal(tmp_path)
