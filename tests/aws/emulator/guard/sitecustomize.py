"""Imported by every Python process of the tests at its start: no connection leaves this machine."""

import ipaddress
import socket

_connect, _connect_ex = socket.socket.connect, socket.socket.connect_ex


def _check(address):
    host = address[0] if isinstance(address, tuple) else None
    if host in (None, "localhost"):
        return
    try:
        loopback = ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise ConnectionRefusedError(f"tests must not connect to {host}")


def _guarded(original):
    def connect(self, address):
        _check(address)
        return original(self, address)

    return connect


socket.socket.connect = _guarded(_connect)
socket.socket.connect_ex = _guarded(_connect_ex)
