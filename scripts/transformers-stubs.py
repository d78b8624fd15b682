"""Makes libraries that stand for those of CUDA, so that the torch of a Linux wheel loads without gigabytes of them.

transformers-stubs.py TORCH_LIB LIBTORCH_LIB: in the folder of torch's own libraries, those of LIBTORCH are linked, and a
library is made that has all that libtorch_python needs of CUDA. None of it does anything: nothing on a CPU calls it.
"""

import pathlib
import subprocess
import sys

torch_lib, libtorch = map(pathlib.Path, sys.argv[1:])
# What names begin with that only CUDA's part of torch and NVIDIA's libraries have.
FOREIGN = ("_ZN", "_ZTI", "_ZTV", "cu", "nccl")
# Versions of the symbols that the system's own libraries have; some programs were linked without.
SYSTEM = ("GLIBC", "CXXABI", "GCC")
STANDARD = ("_ZNSt", "_ZNKSt")


def symbols(library, which):
    output = subprocess.run(["nm", "-D", which, library], check=True, capture_output=True, text=True).stdout
    names = (line.split()[-1].partition("@") for line in output.splitlines())
    return {name for name, _, version in names if not version.lstrip("@").startswith(SYSTEM)}


for library in ("libtorch_cpu.so", "libc10.so", "libcudart.so.13", "libcupti.so.13", "libgomp.so.1"):
    (torch_lib / library).unlink(missing_ok=True)
    (torch_lib / library).symlink_to(libtorch / library)

here = set()
for library in ("libtorch_cpu.so", "libc10.so", "libshm.so", "libc10_cuda.so", "libcudart.so.13"):
    here |= symbols(torch_lib / library, "--defined-only")
wanted = sorted(
    name
    for name in symbols(torch_lib / "libtorch_python.so", "--undefined-only") - here
    if name.startswith(FOREIGN) and not name.startswith(STANDARD)
)

source = ["static char nothing[4096];", "extern void *_ZTVN10__cxxabiv117__class_type_infoE[];"]
for name in wanted:
    if name.startswith("_ZTI"):
        # Types are compared by name while modules are set up.
        source.append(f'void *{name}[2] = {{&_ZTVN10__cxxabiv117__class_type_infoE[2], "{name[4:]}"}};')
    elif name.startswith("_ZTV"):
        source.append(f"void *{name}[64];")
    else:
        source.append(f"void *{name}(void) {{ return nothing; }}")


def link(name, text):
    command = ["cc", "-shared", "-fPIC", "-w", f"-Wl,-soname,{name}", "-o", torch_lib / name, "-x", "c", "-"]
    subprocess.run([*command, "-x", "none", "-lstdc++"], input=text, text=True, check=True)


link("libtorch_cuda.so", "\n".join(source))
for name in ("libcudnn.so.9", "libcufile.so.0", "libnccl.so.2"):
    link(name, "")
