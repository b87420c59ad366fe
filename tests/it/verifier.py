"""OpenSSL's X509_verify_cert, called as `openssl verify -purpose sslserver
-auth_level 2 -partial_chain` calls it, but without a process each time."""

import _ssl
import base64
import ctypes

PURPOSE_SSL_SERVER = 2
FLAG_PARTIAL_CHAIN = 0x80000

_POINTER = ctypes.c_void_p
_INT = ctypes.c_int
_PROTOTYPES = {
    "d2i_X509": (_POINTER, _POINTER, _POINTER, ctypes.c_long),
    "X509_free": (None, _POINTER),
    "X509_STORE_new": (_POINTER,),
    "X509_STORE_free": (None, _POINTER),
    "X509_STORE_add_cert": (_INT, _POINTER, _POINTER),
    "X509_STORE_CTX_new": (_POINTER,),
    "X509_STORE_CTX_free": (None, _POINTER),
    "X509_STORE_CTX_init": (_INT, _POINTER, _POINTER, _POINTER, _POINTER),
    "X509_STORE_CTX_get0_param": (_POINTER, _POINTER),
    "X509_STORE_CTX_get_error": (_INT, _POINTER),
    "X509_VERIFY_PARAM_set_purpose": (_INT, _POINTER, _INT),
    "X509_VERIFY_PARAM_set_auth_level": (None, _POINTER, _INT),
    "X509_VERIFY_PARAM_set_flags": (_INT, _POINTER, ctypes.c_ulong),
    "X509_verify_cert": (_INT, _POINTER),
    "X509_verify_cert_error_string": (ctypes.c_char_p, ctypes.c_long),
    "OPENSSL_sk_new_null": (_POINTER,),
    "OPENSSL_sk_push": (_INT, _POINTER, _POINTER),
    "OPENSSL_sk_free": (None, _POINTER),
    "ERR_clear_error": (None,),
}


def _functions():
    """Of the libcrypto that Python itself uses, whatever its version."""
    library = ctypes.CDLL(_ssl.__file__)
    for name, (result, *arguments) in _PROTOTYPES.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


_crypto = _functions()


def _must(done):
    if not done:
        raise AssertionError("libcrypto failed")
    return done


class Verifier:
    """Of some certificates, each named by its place in the list."""

    def __init__(self, ders):
        self.certs = [self.decode(base64.b64decode(der)) for der in ders]

    def __enter__(self):
        return self

    def __exit__(self, *what):
        for cert in self.certs:
            _crypto.X509_free(cert)

    @staticmethod
    def decode(der):
        data = ctypes.c_char_p(der)
        return _must(_crypto.d2i_X509(None, ctypes.byref(data), len(der)))

    def why_not(self, leaf, sent, anchors):
        """Why a client that trusts `anchors` refuses `leaf` with the
        issuers `sent`; None: it does not."""
        store = _must(_crypto.X509_STORE_new())
        stack = _must(_crypto.OPENSSL_sk_new_null())
        context = _must(_crypto.X509_STORE_CTX_new())
        try:
            for place in anchors:
                _must(_crypto.X509_STORE_add_cert(store, self.certs[place]))
            for place in sent:
                _must(_crypto.OPENSSL_sk_push(stack, self.certs[place]))
            _must(_crypto.X509_STORE_CTX_init(context, store,
                                              self.certs[leaf], stack))
            return self.run(context)
        finally:
            _crypto.X509_STORE_CTX_free(context)
            _crypto.OPENSSL_sk_free(stack)
            _crypto.X509_STORE_free(store)
            _crypto.ERR_clear_error()

    @staticmethod
    def run(context):
        param = _must(_crypto.X509_STORE_CTX_get0_param(context))
        _must(_crypto.X509_VERIFY_PARAM_set_purpose(param,
                                                    PURPOSE_SSL_SERVER))
        _crypto.X509_VERIFY_PARAM_set_auth_level(param, 2)
        _must(_crypto.X509_VERIFY_PARAM_set_flags(param, FLAG_PARTIAL_CHAIN))
        verified = _crypto.X509_verify_cert(context)
        _must(verified >= 0)
        if verified == 1:
            return None
        code = _crypto.X509_STORE_CTX_get_error(context)
        return _crypto.X509_verify_cert_error_string(code).decode()
