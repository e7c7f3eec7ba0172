"""The real servers: how each is installed, started on loopback, and stopped."""

from .ceph import Ceph
from .garage import Garage
from .minio import Minio
from .seaweedfs import Seaweedfs

STORES = {store.name: store for store in (Ceph, Seaweedfs, Garage, Minio)}
