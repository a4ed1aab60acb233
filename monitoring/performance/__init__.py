"""Whether what was predicted came true."""
