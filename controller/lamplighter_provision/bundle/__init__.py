"""What a device without Docker needs, in one file: to be copied there and installed offline."""
