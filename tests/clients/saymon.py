"""A SAYMON script in Python's own HTTP client. BASE_URL and TOKEN say where; the first wrong thing ends the run."""
import base64
import json
import os
import re
import urllib.error
import urllib.request

BASE = os.environ["BASE_URL"] + "/node/api"
TOKEN = os.environ["TOKEN"]
BASIC = "Basic " + base64.b64encode(("root:" + TOKEN).encode()).decode()
MARK = "py-%d-%s" % (os.getpid(), os.urandom(4).hex())
checks = 0


def send(method, path, body=None, headers=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(BASE + path, data=data, method=method)
    for name, value in (headers if headers is not None else {"Authorization": BASIC}).items():
        request.add_header(name, value)
    if data is not None:
        request.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def good(method, path, body=None, headers=None):
    status, text = send(method, path, body, headers)
    assert status == 200, (method, path, status, text)
    value = json.loads(text) if text else None
    assert not (isinstance(value, dict) and "code" in value), text
    return value


def finish(bulk_id):
    while True:
        status = good("GET", "/bulk/%s/status" % bulk_id)
        if status == {"finished": True}:
            return
        assert status == {"finished": False}, status


def check(name, run):
    global checks
    try:
        run()
    except Exception:
        print("not ok %d %s" % (checks + 1, name))
        raise
    checks += 1
    print("ok %d %s" % (checks, name))


def bulk():
    root = good("POST", "/objects", {"name": "стойка", "owner_id": MARK})["id"]
    good("POST", "/objects", {"name": "ЦПУ", "owner_id": MARK, "parent_id": [root]})
    created = good("POST", "/bulk/objects", {"search": {"owner_id": MARK, "parent_id": root}, "bulk": [{"modify": {"tags": ["новый"]}}]})
    assert list(created) == ["bulkId", "finished"] and created["finished"] is False, created
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", created["bulkId"]), created
    finish(created["bulkId"])
    found = good("POST", "/objects/search", {"search": {"tags": {"$in": ["новый"]}, "owner_id": MARK}})
    assert [(each["name"], each["_version"]) for each in found] == [("ЦПУ", 2)], found


def clone():
    root = good("POST", "/objects/search", {"search": {"owner_id": MARK, "name": "стойка"}})[0]["id"]
    finish(good("POST", "/objects/%s/clone-bulk" % root)["bulkId"])
    assert len(good("POST", "/objects/search", {"search": {"owner_id": MARK}})) == 4


def logins():
    assert good("GET", "/users/current?api-token=" + TOKEN, headers={})["login"] == "root"
    sid = good("POST", "/users/session", {"login": "root@localhost", "password": TOKEN}, headers={})
    assert good("GET", "/users/current", headers={"Cookie": "sid=" + sid})["login"] == "root"
    status, text = send("GET", "/users/current", headers={"Cookie": "sid=" + sid[::-1]})
    assert (status, text) == (401, '{"code":"Unauthorized","message":"{\\"errorCode\\":3,\\"message\\":\\"Session expired.\\"}"}'), text


def errors():
    status, text = send("POST", "/bulk/objects", {"bulk": [{"nonsense": 1}]})
    assert status == 400 and json.loads(text)["code"] == "BadRequest" and "nonsense" in text, text
    status, text = send("GET", "/bulk/0/status")
    assert (status, text) == (404, '{"code":"ResourceNotFound","message":"Bulk 0 does not exist"}'), text


check("a bulk", bulk)
check("a clone", clone)
check("the ways to log in", logins)
check("errors", errors)
print("%d checks passed" % checks)
