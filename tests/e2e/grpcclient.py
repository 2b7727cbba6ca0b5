# SPDX-License-Identifier: Apache-2.0
"""A client of the gRPC services in another language, made from the same .proto files.

usage: grpcclient.py FOLDER-OF-STUBS ADDRESS   subscribes with one request and prints the output of each alert
"""
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
PROTO = os.path.join(HERE, "..", "..", "proto")


def python():
    """An interpreter that has gRPC: this one, or that of the system's packages. None: none has."""
    for p in (sys.executable, "/usr/bin/python3"):
        if subprocess.run([p, "-c", "import grpc, grpc_tools.protoc"], capture_output=True).returncode == 0:
            return p
    return None


def make_stubs(folder):
    from grpc_tools import protoc
    names = ["outputs.proto", "schema.proto", "version.proto"]
    if protoc.main(["protoc", "-I" + PROTO, "--python_out=" + folder, "--grpc_python_out=" + folder, *names]):
        raise AssertionError("the .proto files are not valid")


class Client:
    """One connection; with certificates: (ca, key, certificate) as bytes."""

    def __init__(self, stubs, address, tls=None):
        if stubs not in sys.path:
            sys.path.insert(0, stubs)
        import grpc
        import outputs_pb2
        import outputs_pb2_grpc
        import version_pb2
        import version_pb2_grpc
        alone = [("grpc.use_local_subchannel_pool", 1)]
        self.channel = (grpc.secure_channel(address, grpc.ssl_channel_credentials(*tls), alone) if tls else
                        grpc.insecure_channel(address, alone))
        self.request, self.version_request = outputs_pb2.request, version_pb2.request
        self.outputs = outputs_pb2_grpc.serviceStub(self.channel)
        self.versions = version_pb2_grpc.serviceStub(self.channel)

    def version(self):
        return self.versions.version(self.version_request(), timeout=20)

    def get(self):
        return list(self.outputs.get(self.request(), timeout=60))

    def sub(self, requests=None, timeout=120):
        """requests: an iterator; without it one request, and nothing more."""
        return self.outputs.sub(requests or iter([self.request()]), timeout=timeout)

    def close(self):
        self.channel.close()


if __name__ == "__main__":
    for alert in Client(sys.argv[1], sys.argv[2]).sub():
        print(alert.output, flush=True)
