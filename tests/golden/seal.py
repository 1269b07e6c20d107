"""Seals, computed from the definitions alone: AES (FIPS 197), its counter mode with GHASH (NIST SP 800-38D), and the layout that
daemon/base/seal.h draws. Slow and plain."""
import hashlib
import hmac
import struct


def _times_two(byte):
    return (byte << 1 ^ (0x11B if byte & 0x80 else 0)) & 0xFF


def _make_sbox():
    """The inverse in GF(256), then the affine map."""
    box, p, q = [0] * 256, 1, 1
    while True:
        p ^= _times_two(p)
        for shift in (1, 2, 4):
            q ^= q << shift & 0xFF
        q ^= 0x09 if q & 0x80 else 0
        box[p] = q ^ _rotated(q, 1) ^ _rotated(q, 2) ^ _rotated(q, 3) ^ _rotated(q, 4) ^ 0x63
        if p == 1:
            box[0] = 0x63
            return box


def _rotated(byte, count):
    return (byte << count | byte >> 8 - count) & 0xFF


SBOX = _make_sbox()


class Aes256:
    def __init__(self, key):
        words = [list(key[i:i + 4]) for i in range(0, 32, 4)]
        constant = 1
        for i in range(8, 60):
            word = list(words[-1])
            if i % 8 == 0:
                word = [SBOX[byte] for byte in word[1:] + word[:1]]
                word[0] ^= constant
                constant = _times_two(constant)
            elif i % 8 == 4:
                word = [SBOX[byte] for byte in word]
            words.append([a ^ b for a, b in zip(words[-8], word)])
        self.rounds = [sum(words[i:i + 4], []) for i in range(0, 60, 4)]

    def block(self, block):
        state = [a ^ b for a, b in zip(block, self.rounds[0])]
        for number, key in enumerate(self.rounds[1:], 1):
            state = [SBOX[state[(i + 4 * (i % 4)) % 16]] for i in range(16)]  # bytes and rows
            if number < 14:
                columns = [state[i:i + 4] for i in range(0, 16, 4)]
                state = [_times_two(c[i]) ^ _times_two(c[(i + 1) % 4]) ^ c[(i + 1) % 4] ^ c[(i + 2) % 4] ^ c[(i + 3) % 4]
                         for c in columns for i in range(4)]
            state = [a ^ b for a, b in zip(state, key)]
        return bytes(state)


def _product(x, y):
    """In GF(2^128), bits from the left."""
    result = 0
    for i in range(127, -1, -1):
        if x >> i & 1:
            result ^= y
        y = y >> 1 ^ (0xE1 << 120 if y & 1 else 0)
    return result


def gcm(key, nonce, plain, more):
    """Cipher text and tag."""
    aes = Aes256(key)
    text = b""
    for i in range(0, len(plain), 16):
        mask = aes.block(nonce + struct.pack(">I", 2 + i // 16))
        text += bytes(a ^ b for a, b in zip(plain[i:i + 16], mask))
    h, code = int.from_bytes(aes.block(bytes(16)), "big"), 0
    for part in (more, text, struct.pack(">QQ", 8 * len(more), 8 * len(text))):
        for i in range(0, len(part), 16):
            code = _product(code ^ int.from_bytes(part[i:i + 16].ljust(16, b"\0"), "big"), h)
    mask = aes.block(nonce + struct.pack(">I", 1))
    return text + bytes(a ^ b for a, b in zip(code.to_bytes(16, "big"), mask))


def seal(key_id, secret, about, plain):
    head = b"\1" + key_id
    nonce = hmac.new(secret[32:], head + struct.pack(">Q", len(about)) + about + plain, hashlib.sha256).digest()[:12]
    return head + nonce + gcm(secret[:32], nonce, plain, head + about)
