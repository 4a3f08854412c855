/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Host paths: one spelling, and what each is worth. */
#include <stdio.h>

#include "ingest/derive/hostpath.h"
#include "tests/test.h"

Test(hostpath, has_one_spelling)
{
    static const struct {
        const char *path, *sub, *want;
    } cases[] = {
        {"/", NULL, "/"},
        {"///", "", "/"},
        {"/etc/", NULL, "/etc"},
        {"//etc//kubernetes/./pki/", NULL, "/etc/kubernetes/pki"},
        {"/etc/../var/lib", NULL, "/var/lib"},
        {"/../../etc", NULL, "/etc"},
        {"/var/run/docker.sock", NULL, "/run/docker.sock"},
        {"/var/run", NULL, "/run"},
        {"/var/runner", NULL, "/var/runner"},
        {"/var", "run/docker.sock", "/run/docker.sock"},
        {"/var/lib", "kubelet/pods", "/var/lib/kubelet/pods"},
        {"/data", "../etc", "/data/etc"},
        {"/data", "a/../b", "/data/b"},
        {"/", "etc/", "/etc"},
        {"/proc/1/root/etc/cron.d", NULL, "/etc/cron.d"},
        {"/proc/1/root", NULL, "/"},
        {"/proc", "1/root/etc", "/proc/1/root/etc"}, /* the kubelet refuses to follow it */
        {"C:\\Windows", NULL, NULL},
        {"etc", NULL, NULL},
        {"", NULL, NULL},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO(arena) a = arena_new();
        const char *got = hostpath_normalise(a, cases[i].path, cases[i].sub);
        cr_expect((!got && !cases[i].want) || (got && cases[i].want && !strcmp(got, cases[i].want)),
                  "%s + %s: %s, want %s", cases[i].path, cases[i].sub, got, cases[i].want);
    }
}

/* A gain as two characters: class (t e m h) and verdict (+ yes, ? unknown); "--" for none. */
static const char *text(const struct hostpath_gain *g, char out[3])
{
    out[0] = out[1] = '-';
    out[2] = '\0';
    if (g->any) {
        out[0] = "stemhr"[g->class];
        out[1] = "+?x"[g->verdict];
    }
    return out;
}

enum { RO = 1, CP = 2, PRIV = 4, CG2 = 8 };

/* The table of the page, row by row, and what is not in it. */
static const struct {
    const char *path;
    unsigned how;
    const char *want; /* read node, read admin, read Secrets; write node, write admin */
} worth[] = {
    {"/", 0, "e+ -- -- t+ --"},
    {"/", CP, "e+ e+ m+ t+ e+"},
    {"/", RO, "e+ -- -- e? --"},   /* /proc below stays writable */
    {"/etc", 0, "e+ -- -- t+ --"}, /* static pods are below */
    {"/etc", RO | CP, "e+ e+ -- -- --"},
    {"/etc/cron.d", 0, "-- -- -- e+ --"},
    {"/etc/crontab", 0, "-- -- -- e+ --"},
    {"/etc/cron.d", RO, "-- -- -- -- --"},
    {"/etc/systemd/system/x.service", 0, "-- -- -- e+ --"},
    {"/etc/myapp", 0, "-- -- -- h? --"},
    {"/etc/myapp", RO, "-- -- -- -- --"},
    {"/etc/containerd", 0, "-- -- -- e+ --"},
    {"/etc/containerd/config.toml", 0, "-- -- -- e+ --"},
    {"/etc/docker/daemon.json", 0, "-- -- -- e+ --"},
    {"/etc/docker", RO, "-- -- -- -- --"},
    {"/etc/passwd", 0, "-- -- -- e+ --"},
    {"/etc/passwd", RO, "-- -- -- -- --"},
    {"/etc/passwd-", 0, "-- -- -- h? --"},
    {"/etc/udev/rules.d", 0, "-- -- -- e+ --"},
    {"/etc/udev", 0, "-- -- -- e+ --"},
    {"/etc/default/kubelet", 0, "-- -- -- e+ --"},
    {"/etc/sysconfig", 0, "-- -- -- e+ --"},
    {"/etc/pam.d/su", 0, "-- -- -- e+ --"},
    {"/etc/kubernetes/manifests", 0, "-- -- -- t+ --"},
    {"/etc/kubernetes/manifests", RO, "-- -- -- -- --"},
    {"/etc/kubernetes/pki", RO | CP, "-- e+ -- -- --"},
    {"/etc/kubernetes/pki/sa.key", RO | CP, "-- e+ -- -- --"},
    {"/etc/kubernetes/pki/ca.crt", CP, "-- -- -- -- --"}, /* public */
    {"/etc/kubernetes/pki", RO, "e+ -- -- -- --"},
    {"/etc/kubernetes/admin.conf", RO | CP, "-- e+ -- -- --"},
    {"/etc/kubernetes/kubelet.conf", RO, "e+ -- -- -- --"},
    {"/var/lib/etcd", CP, "-- -- m+ -- m+"},
    {"/var/lib/etcd/member", CP | RO, "-- -- m+ -- --"},
    {"/var/lib/etcd", 0, "-- -- -- -- --"}, /* a worker has none */
    {"/var/lib/kubelet", RO, "e+ -- -- -- --"},
    {"/var/lib/kubelet/pki", 0, "e+ -- -- e+ --"},
    {"/var/lib/kubelet/pods", 0, "-- -- -- -- --"}, /* tokens of neighbours: another edge */
    {"/var/lib/kubelet/config.yaml", 0, "-- -- -- e+ --"},
    {"/var/lib/kubelet/config.yaml", RO, "-- -- -- -- --"},
    {"/var/lib/kubelet/device-plugins", 0, "-- -- -- -- --"},
    {"/var/lib", 0, "e+ -- -- e+ --"},
    {"/run/containerd/containerd.sock", 0, "-- -- -- -- --"}, /* another edge */
    {"/run/containerd/io.containerd.runtime.v2.task", 0, "-- -- -- e+ --"},
    {"/run/myapp", 0, "-- -- -- -- --"},
    {"/run/dbus/system_bus_socket", RO, "-- -- -- e+ --"},
    {"/run/dbus", RO, "-- -- -- e+ --"},
    {"/run/dbus/containers", 0, "-- -- -- -- --"},
    {"/run/systemd", 0, "-- -- -- e+ --"},
    {"/run/systemd", RO, "-- -- -- e+ --"},
    {"/run/systemd/private", RO, "-- -- -- e+ --"},
    {"/run/systemd/system/x.service", 0, "-- -- -- e+ --"},
    {"/run/systemd/system", RO, "-- -- -- -- --"},
    {"/run/systemd/resolve", 0, "-- -- -- -- --"},
    {"/run", 0, "-- -- -- e+ --"},  /* /run/containerd */
    {"/run", RO, "-- -- -- -- --"}, /* not every node has systemd */
    {"/var/lib/docker/overlay2", 0, "-- -- -- e+ --"},
    {"/opt/cni/bin", 0, "-- -- -- e+ --"},
    {"/etc/cni/net.d", RO, "-- -- -- -- --"},
    {"/opt", 0, "-- -- -- e+ --"},
    {"/opt/myapp", 0, "-- -- -- h? --"},
    {"/opt/nvidia", 0, "-- -- -- h? --"},
    {"/opt/nvidia", RO, "-- -- -- -- --"},
    {"/usr/local/bin", 0, "-- -- -- e+ --"},
    {"/usr/share/zoneinfo", 0, "-- -- -- -- --"},
    {"/lib/modules", 0, "-- -- -- h+ --"}, /* not /lib */
    {"/lib/modules", RO, "-- -- -- -- --"},
    {"/usr/lib/modules/6.1", 0, "-- -- -- h+ --"},
    {"/lib64", 0, "-- -- -- e+ --"},
    {"/boot/grub", 0, "-- -- -- m+ --"},
    {"/proc", 0, "-- -- -- e+ --"},
    {"/proc/sys/kernel", RO, "-- -- -- -- --"},
    {"/sys", 0, "-- -- -- m+ --"},
    {"/sys/fs/cgroup/kubepods", 0, "-- -- -- m? --"},
    {"/sys/fs/cgroup", CG2, "-- -- -- -- --"},
    {"/sys", CG2, "-- -- -- m+ --"},
    {"/run/xtables.lock", 0, "-- -- -- -- --"}, /* nobody reads it */
    {"/sys/class/net", 0, "-- -- -- -- --"},
    {"/dev", 0, "-- -- -- -- --"}, /* the device cgroup denies */
    {"/dev", PRIV, "e+ -- -- e+ --"},
    {"/dev/nvme0n1", PRIV | RO, "e+ -- -- -- --"},
    {"/dev/net/tun", PRIV, "-- -- -- -- --"},
    {"/root", RO, "m+ -- -- -- --"},
    {"/root/.ssh", RO, "m+ -- -- -- --"},
    {"/root/work", 0, "-- -- -- -- --"},
    {"/home", 0, "m+ -- -- e+ --"},
    {"/home/ann", RO, "m+ -- -- -- --"},
    {"/home/ann/site", 0, "-- -- -- -- --"},
    {"/srv/ann/.kube/config", RO, "m+ -- -- -- --"},
    {"/var/lib/rancher/k3s/server/tls", RO | CP, "-- e+ -- -- --"},
    {"/var/lib/rancher/k3s/storage/pvc-1", 0, "-- -- -- -- --"},
    {"/etc/rancher/k3s", RO | CP, "-- e+ -- -- --"},
    {"/var/lib/cloud", RO, "m+ -- -- -- --"},
    {"/tmp", 0, "-- -- -- h? --"},
    {"/tmp/scratch", 0, "-- -- -- -- --"},
    {"/etc/localtime", RO, "-- -- -- -- --"},
    {"/etc/ssl/certs", 0, "-- -- -- h? --"},
    {"/var/log", 0, "-- -- -- -- --"}, /* another edge */
    {"/data/db", 0, "-- -- -- -- --"},
    {"/etcetera", 0, "-- -- -- -- --"},
};

Test(hostpath, is_worth_what_the_table_says)
{
    for (size_t i = 0; i < ARRAY_LEN(worth); i++) {
        unsigned how = worth[i].how;
        struct hostpath_where where = {.read_only = how & RO,
                                       .control_plane = how & CP,
                                       .privileged = how & PRIV,
                                       .cgroup_v2 = how & CG2};
        struct hostpath_effect e = hostpath_judge(worth[i].path, &where);
        char t[5][3], got[32];

        snprintf(got, sizeof(got), "%s %s %s %s %s", text(&e.way[HOSTPATH_READ_NODE], t[0]),
                 text(&e.way[HOSTPATH_READ_ADMIN], t[1]), text(&e.way[HOSTPATH_READ_SECRETS], t[2]),
                 text(&e.way[HOSTPATH_WRITE_NODE], t[3]), text(&e.way[HOSTPATH_WRITE_ADMIN], t[4]));
        cr_expect_str_eq(got, worth[i].want, "%s (%u): %s, want %s", worth[i].path, how, got,
                         worth[i].want);
    }
}

/* Ways that lead to the node's pods, and not to the node. */
Test(hostpath, shows_and_takes_the_pods_of_the_node)
{
    static const struct {
        const char *path;
        unsigned how;
        const char *want; /* volumes; pods; logs */
    } cases[] = {
        {"/", 0, "e+ m+ e+"},
        {"/", RO, "e+ -- e+"},
        {"/var", 0, "e+ m+ e+"},
        {"/var/lib/kubelet", 0, "e+ m+ --"},
        {"/var/lib/kubelet/pods", RO, "e+ -- --"},
        {"/var/lib/kubelet/pods", 0, "e+ m+ --"},
        {"/var/lib/kubelet/pods/one", 0, "-- -- --"}, /* whose it is cannot be seen */
        {"/var/lib/kubelet/pki", 0, "-- -- --"},
        {"/var/lib/k0s", RO, "e+ -- --"},
        {"/var/snap/microk8s/common", 0, "e+ m+ --"},
        {"/var/snap", 0, "-- -- --"},
        {"/proc", RO, "m? -- --"},
        {"/proc/sys", RO, "-- -- --"},
        {"/var/log", RO, "-- -- e+"},
        {"/var/log/pods", 0, "-- -- e+"},
        {"/var/log/myapp", 0, "-- -- --"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct hostpath_where where = {.read_only = cases[i].how & RO};
        struct hostpath_effect e = hostpath_judge(cases[i].path, &where);
        char t[3][3], got[32];

        snprintf(got, sizeof(got), "%s %s %s", text(&e.way[HOSTPATH_READ_VOLUMES], t[0]),
                 text(&e.way[HOSTPATH_WRITE_PODS], t[1]), text(&e.way[HOSTPATH_READ_LOGS], t[2]));
        cr_expect_str_eq(got, cases[i].want, "%s: %s, want %s", cases[i].path, got, cases[i].want);
    }
}

Test(hostpath, a_read_only_parent_does_not_protect_what_is_mounted_below_it)
{
    struct hostpath_where where = {.read_only = true};
    struct hostpath_effect e = hostpath_judge("/", &where);

    cr_expect(e.way[HOSTPATH_WRITE_NODE].any);
    cr_expect_eq(e.way[HOSTPATH_WRITE_NODE].verdict, VERDICT_UNKNOWN,
                 "recursiveReadOnly is not known");
}
