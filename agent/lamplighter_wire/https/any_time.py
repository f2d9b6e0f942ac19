"""How to believe a certificate whatever its dates say: for machines whose clock nobody has set."""

import ssl

# X509_V_FLAG_NO_CHECK_TIME of OpenSSL, which the ssl module has no name for.
NO_CHECK_TIME = ssl.VerifyFlags(0x200000)
