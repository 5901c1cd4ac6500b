//! Header lists: those of the C library, of Linux and of common libraries.

use std::process::Command;

use super::check::Request;

/// Headers that need no options.
const PLAIN: &str = "
aio.h arpa/inet.h assert.h complex.h cpio.h ctype.h dirent.h dlfcn.h elf.h endian.h err.h errno.h error.h execinfo.h
fcntl.h features.h fenv.h float.h fmtmsg.h fnmatch.h ftw.h getopt.h glob.h grp.h iconv.h ifaddrs.h inttypes.h iso646.h
langinfo.h libgen.h limits.h link.h locale.h malloc.h math.h mntent.h monetary.h mqueue.h net/if.h netdb.h netinet/in.h
netinet/ip.h netinet/tcp.h netinet/udp.h nl_types.h obstack.h poll.h pthread.h pty.h pwd.h regex.h resolv.h sched.h
search.h semaphore.h setjmp.h shadow.h signal.h spawn.h stdalign.h stdarg.h stdatomic.h stdbool.h stddef.h stdint.h
stdio.h stdlib.h string.h strings.h sys/epoll.h sys/eventfd.h sys/file.h sys/inotify.h sys/ioctl.h sys/ipc.h sys/mman.h
sys/mount.h sys/msg.h sys/ptrace.h sys/random.h sys/reg.h sys/resource.h sys/select.h sys/sem.h sys/sendfile.h
sys/shm.h sys/signalfd.h sys/socket.h sys/stat.h sys/statvfs.h sys/sysinfo.h sys/syscall.h sys/time.h sys/timerfd.h
sys/times.h sys/types.h sys/uio.h sys/un.h sys/user.h sys/utsname.h sys/vfs.h sys/wait.h sys/xattr.h syslog.h tar.h
termios.h tgmath.h threads.h time.h uchar.h ucontext.h ulimit.h unistd.h utime.h utmp.h utmpx.h wchar.h wctype.h
wordexp.h linux/audit.h linux/bpf.h linux/btrfs.h linux/can.h linux/cdrom.h linux/dm-ioctl.h linux/ethtool.h
linux/fb.h linux/fs.h linux/futex.h linux/fuse.h linux/hidraw.h linux/i2c.h linux/if_link.h linux/if_packet.h
linux/input.h linux/io_uring.h linux/kvm.h linux/loop.h linux/netlink.h linux/nl80211.h linux/perf_event.h
linux/rtnetlink.h linux/seccomp.h linux/spi/spidev.h linux/tcp.h linux/uinput.h linux/usbdevice_fs.h linux/userfaultfd.h
linux/vfio.h linux/videodev2.h linux/watchdog.h drm/drm.h sound/asound.h
zlib.h sqlite3.h openssl/ssl.h openssl/evp.h openssl/x509v3.h png.h curl/curl.h bzlib.h lzma.h zstd.h lz4.h lz4frame.h
tiffio.h webp/decode.h webp/encode.h fftw3.h gmp.h mpfr.h gsl/gsl_linalg.h gsl/gsl_rng.h pcre.h yaml.h jansson.h
event2/event.h uv.h ev.h ffi.h editline/readline.h ncurses.h curses.h archive.h zip.h pcap.h libudev.h expat.h magic.h
libelf.h gelf.h sys/capability.h seccomp.h selinux/selinux.h sys/acl.h attr/attributes.h systemd/sd-bus.h
systemd/sd-journal.h portaudio.h vulkan/vulkan.h GL/gl.h GL/glx.h EGL/egl.h GLES2/gl2.h GLES3/gl3.h GLFW/glfw3.h zmq.h
librdkafka/rdkafka.h mosquitto.h lmdb.h gdbm.h db.h sasl/sasl.h ldap.h krb5.h security/pam_appl.h cups/cups.h sodium.h
argon2.h gcrypt.h gpg-error.h gnutls/gnutls.h gnutls/x509.h nghttp2/nghttp2.h libssh2.h libssh/libssh.h git2.h
microhttpd.h vorbis/vorbisfile.h ogg/ogg.h FLAC/stream_decoder.h opus/opus.h sndfile.h lame/lame.h
libavcodec/avcodec.h libavformat/avformat.h X11/Xlib.h X11/Xutil.h X11/extensions/XShm.h xcb/xcb.h alsa/asoundlib.h
pulse/pulseaudio.h modbus/modbus.h geos_c.h proj.h hdf5.h netcdf.h jpeglib.h:-Bstdio.h readline/readline.h:-Bstdio.h
pcre2.h:-DPCRE2_CODE_UNIT_WIDTH=8
";

/// The packages of pkg-config, each with its header.
const PACKAGES: &str = "
sdl2:SDL.h gtk+-3.0:gtk/gtk.h glib-2.0:glib.h gio-2.0:gio/gio.h gobject-2.0:glib-object.h cairo:cairo.h
pangocairo:pango/pangocairo.h freetype2:ft2build.h fontconfig:fontconfig/fontconfig.h libxml-2.0:libxml/parser.h
libxml-2.0:libxml/xpath.h libxml-2.0:libxml/xmlreader.h json-c:json-c/json.h libusb-1.0:libusb.h
libnl-3.0:netlink/netlink.h libdrm:xf86drm.h libdrm:xf86drmMode.h dbus-1:dbus/dbus.h lua5.4:lua.h lua5.4:lauxlib.h
luajit:luajit.h libpq:libpq-fe.h fuse3:fuse_lowlevel.h fuse3:fuse.h hidapi-libusb:hidapi/hidapi.h
mariadb:mysql.h hdf5:hdf5.h hdf5-serial:hdf5.h gdk-pixbuf-2.0:gdk-pixbuf/gdk-pixbuf.h atk:atk/atk.h
harfbuzz:harfbuzz/hb.h epoxy:epoxy/gl.h wayland-client:wayland-client.h xkbcommon:xkbcommon/xkbcommon.h
libpng:png.h libsystemd:systemd/sd-daemon.h x11:X11/Xlib.h
";

pub(crate) fn requests() -> Vec<Request> {
    let mut requests: Vec<Request> = PLAIN
        .split_whitespace()
        .map(|word| match word.split_once(':') {
            Some((header, flags)) => Request::new(header, flags),
            None => Request::new(word, ""),
        })
        .collect();
    for word in PACKAGES.split_whitespace() {
        let Some((package, header)) = word.split_once(':') else { continue };
        let extra = if package == "fuse3" { " -DFUSE_USE_VERSION=35" } else { "" };
        let output = Command::new("pkg-config").args(["--cflags", package]).output();
        if let Some(output) = output.ok().filter(|output| output.status.success()) {
            let flags = String::from_utf8_lossy(&output.stdout).into_owned() + extra;
            requests.push(Request::new(header, &flags));
        }
    }
    requests
}
