"""The client in proto/README.md works as printed: it gets a reply from a socket that speaks frames.

readme_client.py <protoc> <root>"""

import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import threading


def read_frame(stream):
    return stream.read(int.from_bytes(stream.read(4), "little"))


def answer_once(listener, reply, requests):
    """Takes one request, answers with fixed bytes."""
    connection, _ = listener.accept()
    with connection, connection.makefile("rwb") as stream:
        requests.append(read_frame(stream))
        stream.write(len(reply).to_bytes(4, "little") + reply)
        stream.flush()


def main():
    protoc, root = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
    readme = (root / "proto" / "README.md").read_text(encoding="utf-8")
    program = re.search(r"```python\n(.*?)```", readme, re.S)[1]
    protos = [root / "proto" / "salesledger" / "v1" / name for name in ("event.proto", "api.proto")]
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [protoc, f"--proto_path={root / 'proto'}", f"--python_out={folder}", *protos], check=True
        )
        path = folder + "/s"
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        listener.listen()
        requests = []
        reply = bytes([0x08, 1, 0x10, 42])  # tag 1, seq 42
        server = threading.Thread(
            target=answer_once, args=(listener, reply, requests), daemon=True
        )
        server.start()
        result = subprocess.run(
            [sys.executable, "-c", program, path],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
        server.join(30)
    print(result.stdout, result.stderr)
    is_good = result.stdout.split() == ["tag:", "1", "seq:", "42"]
    return 0 if is_good and requests == [bytes([0x08, 1, 0xC2, 0x01, 0])] else 1


if __name__ == "__main__":
    sys.exit(main())
