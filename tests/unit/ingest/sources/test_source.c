/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files of every form and every kind of damage: what is told of each. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>
#include <glib.h>
#include <glib/gstdio.h>

#include "ingest/sources/source.h"
#include "tests/test.h"

/* A folder of its own, and what was told of it. */
struct place {
    char *dir;
    GString *told;
    struct source_figures figures;
};

static struct place place_new(void)
{
    struct place p = {.dir = g_dir_make_tmp("graphd-source-XXXXXX", NULL)};

    cr_assert(p.dir);
    p.told = g_string_new(NULL);
    return p;
}

static void remove_below(const char *path)
{
    GDir *dir = g_file_test(path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open(path, 0, NULL);

    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        g_autofree char *below = g_build_filename(path, name, NULL);
        remove_below(below);
    }
    if (dir)
        g_dir_close(dir);
    g_remove(path);
}

static void place_free(struct place *p)
{
    remove_below(p->dir);
    g_free(p->dir);
    g_string_free(p->told, TRUE);
}

static void put(const struct place *p, const char *name, const char *bytes, size_t len)
{
    g_autofree char *path = g_build_filename(p->dir, name, NULL);
    g_autofree char *dir = g_path_get_dirname(path);

    g_mkdir_with_parents(dir, 0700);
    cr_assert(g_file_set_contents(path, bytes, (gssize)len, NULL));
}

static const char *relative(const char *file)
{
    const char *at = strstr(file, "graphd-source-");

    return at ? at + strlen("graphd-source-XXXXXX") + (at[strlen("graphd-source-XXXXXX")] == '/')
              : file;
}

static bool on_item(void *arg, const struct source_item *it, struct err *e)
{
    struct place *p = arg;

    (void)e;
    g_string_append_printf(p->told, "%s %zu: %s %s%s %.*s\n", relative(it->file), it->index,
                           it->api_version, it->kind, it->partial ? " (partial)" : "", (int)it->len,
                           it->json);
    return true;
}

static bool on_listed(void *arg, const char *api_version, const char *kind, const char *file,
                      struct err *e)
{
    struct place *p = arg;

    (void)e;
    g_string_append_printf(p->told, "%s: all %s %s\n", relative(file), api_version, kind);
    return true;
}

static bool on_version(void *arg, int major, int minor, const char *file, struct err *e)
{
    struct place *p = arg;

    (void)e;
    g_string_append_printf(p->told, "%s: version %d.%d\n", relative(file), major, minor);
    return true;
}

static bool on_gap(void *arg, const char *file, const char *what, const char *problem,
                   struct err *e)
{
    struct place *p = arg;

    (void)e;
    g_string_append_printf(p->told, "%s: gap in '%s': %s\n", relative(file), what, problem);
    return true;
}

static bool on_skipped(void *arg, const char *file, const char *why, struct err *e)
{
    struct place *p = arg;

    (void)e;
    g_string_append_printf(p->told, "%s: skipped: %s\n", relative(file), why);
    return true;
}

static bool read_path(struct place *p, const char *path, const struct source_limits *limits,
                      struct err *e)
{
    struct source_sink sink = {p, on_item, on_listed, on_version, on_gap, on_skipped};

    g_string_truncate(p->told, 0);
    return source_read(path, limits, &sink, &p->figures, e);
}

/* One file of that name and content, read as part of its folder. */
static const struct {
    const char *name, *text, *told; /* ' for " */
} files[] = {
    {"pods.json", "{'kind':'PodList','apiVersion':'v1','items':[{'a':1}]}",
     "pods.json 0: v1 Pod {'a':1}\npods.json: all v1 Pod\n"},
    {"no-extension", "\xef\xbb\xbf{'kind':'Pod','apiVersion':'v1'}",
     "no-extension 0: v1 Pod {'kind':'Pod','apiVersion':'v1'}\n"},
    {"mixed.json",
     "{'kind':'List','apiVersion':'v1','items':[{'kind':'Role','apiVersion':'x/v1'},{'a':1}]}",
     "mixed.json 0: x/v1 Role {'kind':'Role','apiVersion':'x/v1'}\n"
     "mixed.json: skipped: 1 documents in it are no Kubernetes objects\n"},
    {"list-in-list.json",
     "{'kind':'List','apiVersion':'v1','items':[{'kind':'PodList','apiVersion':'v1','items':[{'a':"
     "1}]}]}",
     "list-in-list.json 0: v1 Pod {'a':1}\nlist-in-list.json: all v1 Pod\n"},
    {"a.yaml", "apiVersion: v1\nkind: Pod\n---\napiVersion: v1\nitems:\n- a: 1\nkind: RoleList\n",
     "a.yaml 0: v1 Pod {'apiVersion':'v1','kind':'Pod'}\na.yaml 1: v1 Role {'a':1}\na.yaml: all v1 "
     "Role\n"},
    {"wrong.json", "# YAML\napiVersion: v1\nkind: Pod\n",
     "wrong.json 0: v1 Pod {'apiVersion':'v1','kind':'Pod'}\n"},
    {"secrets.partialmeta.json",
     "{'kind':'PartialObjectMetadataList','apiVersion':'meta.k8s.io/"
     "v1','items':[{'kind':'PartialObjectMetadata','apiVersion':'meta.k8s.io/v1','metadata':{}}]}",
     "secrets.partialmeta.json 0: v1 Secret (partial) "
     "{'kind':'PartialObjectMetadata','apiVersion':'meta.k8s.io/v1','metadata':{}}\n"
     "secrets.partialmeta.json: all v1 Secret\n"},
    {"configmaps.partialmeta.json",
     "{'kind':'PartialObjectMetadataList','apiVersion':'meta.k8s.io/v1','items':null}",
     "configmaps.partialmeta.json: all v1 ConfigMap\n"},
    {"meta.json",
     "{'kind':'PartialObjectMetadataList','apiVersion':'meta.k8s.io/"
     "v1','items':[{'kind':'PartialObjectMetadata','apiVersion':'meta.k8s.io/v1'}]}",
     "meta.json: gap in '': item 0: metadata only, and neither content nor file name says of what\n"
     "meta.json: skipped: 1 documents in it are no Kubernetes objects\n"},
    {"pods.partialmeta.json", "{'kind':'PartialObjectMetadata','apiVersion':'meta.k8s.io/v1'}",
     "pods.partialmeta.json: gap in 'pods': item 0: metadata only, and the rest of the object is "
     "needed\n"},
    /* A dump of KubeHound: lists that name no kind, in files that do. */
    {"shop/pods.json", "{'metadata':{},'items':[{'a':1}]}",
     "shop/pods.json 0: v1 Pod {'a':1}\nshop/pods.json: all v1 Pod\n"},
    {"roles.rbac.authorization.k8s.io.json", "{'metadata':{},'items':[]}",
     "roles.rbac.authorization.k8s.io.json: all rbac.authorization.k8s.io/v1 Role\n"},
    {"version.json", "{'major':'1','minor':'27+','gitVersion':'v1.27.3-gke'}",
     "version.json: version 1.27\n"},
    {"kubectl-version.json",
     "{'clientVersion':{'major':'1','minor':'9','gitVersion':'x'},'serverVersion':{'major':'1','"
     "minor':'30','gitVersion':'y'}}",
     "kubectl-version.json: version 1.30\n"},
    {"refused.json",
     "{'kind':'Status','apiVersion':'v1','status':'Failure','reason':'Forbidden','details':{'kind':"
     "'pods'},'code':403}",
     "refused.json: gap in 'pods': 403 Forbidden\n"},
    {"nodes.json",
     "{'kind':'Status','apiVersion':'v1','status':'Failure','reason':'Unauthorized','code':401}",
     "nodes.json: gap in 'nodes': 401 Unauthorized\n"},
    {"discovery.json",
     "{'kind':'APIResourceList','groupVersion':'v1','resources':[{'kind':'Pod'}]}", ""},
    {"groups.json",
     "{'kind':'APIGroupDiscoveryList','apiVersion':'apidiscovery.k8s.io/"
     "v2','items':[{'metadata':{}}]}",
     ""},
    {"openid.json", "{'issuer':'https://x','jwks_uri':'https://x/keys'}", ""},
    {"package.json", "{'name':'web','version':'1.0.0'}",
     "package.json: skipped: no Kubernetes objects in it\n"},
    {"README", "All about it.\n", "README: skipped: no Kubernetes objects in it\n"},
    {"notes.md", "To do: `apiVersion: v1`\n```\n[\n",
     "notes.md: skipped: no Kubernetes objects in it\n"},
    {".hidden", "{'kind':'Pod','apiVersion':'v1'}", ""},
    {"empty", "", "empty: gap in '': empty\n"},
    {"blank", " \n\n", "blank: gap in '': empty\n"},
    {"broken.yaml", "apiVersion: v1\nkind: Pod\n---\napiVersion: v1\nkind: [\n",
     "broken.yaml 0: v1 Pod {'apiVersion':'v1','kind':'Pod'}\n"
     "broken.yaml: gap in '': line 6, column 1: while parsing a flow node: did not find expected "
     "node content\n"},
    {"latin1.yaml", "apiVersion: v1\nkind: Pod\nname: \xe9t\xe9\n",
     "latin1.yaml: gap in '': line 3, column 8: byte 32: "},
    {"truncated.json", "{'kind':'PodList','apiVersion':'v1','items':[{'a':1},{'b':",
     "truncated.json 0: v1 Pod {'a':1}\n"
     "truncated.json: gap in '': truncated at byte 58, in item 1 of a list\n"},
    {"services.json", "{'kind':'ServiceList','apiVersion':'v1','items':[",
     "services.json: gap in 'services': truncated at byte 49, in item 0 of a list\n"},
    {"%s\"quote'.json", "{'kind':'Pod'",
     "%s\"quote'.json: gap in '': truncated at byte 13, in the "
     "object that begins at byte 0\n"},
};

Test(source, sees_what_a_file_is)
{
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        struct place p = place_new();
        g_autofree char *text = g_strdelimit(g_strdup(files[i].text), "'", '"');
        bool yaml = !strchr(text, '{');
        put(&p, files[i].name, yaml ? files[i].text : text, strlen(text));
        must(read_path(&p, p.dir, &source_defaults, &e));
        g_strdelimit(p.told->str, "\"", '\'');
        g_autofree char *want = g_strdelimit(g_strdup(files[i].told), "\"", '\'');
        bool prefix = g_str_has_suffix(want, ": ");
        cr_expect(prefix ? g_str_has_prefix(p.told->str, want) : strcmp(p.told->str, want) == 0,
                  "%s:\n%swant\n%s", files[i].name, p.told->str, want);
        place_free(&p);
    }
}

Test(source, binary_text_is_a_gap)
{
    struct place p = place_new();

    put(&p, "core",
        "\x7f"
        "ELF\x02\x01\x01\0\0\0",
        10);
    must(read_path(&p, p.dir, &source_defaults, &e));
    cr_expect_str_eq(p.told->str,
                     "core: gap in '': binary: neither JSON nor YAML nor an archive\n");
    place_free(&p);
}

Test(source, two_gigabytes_of_nothing_cost_nothing)
{
    struct place p = place_new();
    g_autofree char *path = g_build_filename(p.dir, "huge.json", NULL);

    put(&p, "huge.json",
        "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"items\":[{\"a\":1},{\"b\":\"", 56);
    put(&p, "sparse", "", 0);
    cr_assert_eq(truncate(path, (off_t)2 << 30), 0);
    g_autofree char *sparse = g_build_filename(p.dir, "sparse", NULL);
    cr_assert_eq(truncate(sparse, (off_t)2 << 30), 0);
    must(read_path(&p, p.dir, &source_defaults, &e));
    cr_expect_str_eq(p.told->str,
                     "huge.json 0: v1 Pod {\"a\":1}\n"
                     "huge.json: gap in '': truncated at byte 2147483648, in item 1 of a list\n"
                     "sparse: gap in '': binary: neither JSON nor YAML nor an archive\n",
                     "%s", p.told->str);
    place_free(&p);
}

Test(source, items_without_end_are_left_out)
{
    struct place p = place_new();
    struct source_limits small = source_defaults;
    g_autoptr(GString) text =
        g_string_new("{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"items\":[");

    small.item_bytes = 1000;
    for (int i = 0; i < 100000; i++)
        g_string_append(text, "{\"a\":");
    put(&p, "deep.json", text->str, text->len);
    must(read_path(&p, p.dir, &small, &e));
    cr_expect_str_eq(p.told->str,
                     "deep.json: gap in '': truncated at byte 500045, in item 0 of a list\n", "%s",
                     p.told->str);
    place_free(&p);
}

Test(source, utf16_is_read_too)
{
    struct place p = place_new();
    gsize len;
    g_autofree char *text = g_convert("\xef\xbb\xbf{\"kind\":\"Pod\",\"apiVersion\":\"v1\"}", -1,
                                      "UTF-16LE", "UTF-8", NULL, &len, NULL);

    put(&p, "windows.json", text, len);
    must(read_path(&p, p.dir, &source_defaults, &e));
    cr_expect_str_eq(p.told->str,
                     "windows.json 0: v1 Pod {\"kind\":\"Pod\",\"apiVersion\":\"v1\"}\n", "%s",
                     p.told->str);
    place_free(&p);
}

Test(source, links_are_not_followed_and_pipes_not_opened)
{
    struct place p = place_new();
    g_autofree char *loop = g_build_filename(p.dir, "loop", NULL);
    g_autofree char *pipe = g_build_filename(p.dir, "pipe", NULL);
    g_autofree char *locked = g_build_filename(p.dir, "locked", NULL);

    cr_assert_eq(symlink(".", loop), 0);
    cr_assert_eq(mkfifo(pipe, 0600), 0);
    put(&p, "locked", "{}", 2);
    chmod(locked, 0);
    must(read_path(&p, p.dir, &source_defaults, &e));
    bool root = geteuid() == 0; /* whom no permission stops */
    g_autofree char *want =
        g_strconcat(root ? "locked: skipped: no Kubernetes objects in it\n"
                         : "locked: gap in '': cannot be opened: Permission denied\n",
                    "loop: skipped: a symbolic link, not followed\n"
                    "pipe: skipped: neither file nor folder\n",
                    NULL);
    cr_expect_str_eq(p.told->str, want, "%s", p.told->str);
    place_free(&p);
}

Test(source, says_what_cannot_be_opened)
{
    struct place p = place_new();

    must_fail(read_path(&p, "/no/such/path", &source_defaults, &e), ERR_IO,
              "/no/such/path: No such file or directory");
    place_free(&p);
}

Test(source, reads_folders_in_order_and_only_so_many_files)
{
    struct place p = place_new();
    struct source_limits few = source_defaults;
    const char *pod = "{\"kind\":\"Pod\",\"apiVersion\":\"v1\"}";

    few.files = 2;
    put(&p, "b.json", pod, strlen(pod));
    put(&p, "a/z.json", pod, strlen(pod));
    put(&p, "c.json", pod, strlen(pod));
    put(&p, "d.json", pod, strlen(pod));
    must(read_path(&p, p.dir, &few, &e));
    cr_expect_str_eq(p.told->str,
                     "a/z.json 0: v1 Pod {\"kind\":\"Pod\",\"apiVersion\":\"v1\"}\n"
                     "b.json 0: v1 Pod {\"kind\":\"Pod\",\"apiVersion\":\"v1\"}\n"
                     "c.json: gap in '': too many files: this and the rest are left out\n",
                     "%s", p.told->str);
    place_free(&p);
}

/* --- archives ------------------------------------------------------------------------------ */

/* Writes an archive of the given entries; text NULL makes a gigabyte of zeros... of `zeros` bytes.
 */
static void pack(const struct place *p, const char *name, int format, int filter,
                 const char *const (*entries)[2], size_t n, size_t zeros)
{
    g_autofree char *path = g_build_filename(p->dir, name, NULL);
    static const char nothing[1 << 16];
    struct archive *a = archive_write_new();

    archive_write_set_format(a, format);
    archive_write_add_filter(a, filter);
    cr_assert_eq(archive_write_open_filename(a, path), ARCHIVE_OK);
    for (size_t i = 0; i < n; i++) {
        struct archive_entry *entry = archive_entry_new();
        size_t len = entries[i][1] ? strlen(entries[i][1]) : zeros;
        archive_entry_set_pathname(entry, entries[i][0]);
        archive_entry_set_size(entry, (la_int64_t)len);
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_entry_set_perm(entry, 0600);
        cr_assert_eq(archive_write_header(a, entry), ARCHIVE_OK);
        for (size_t at = 0; at < len;) {
            size_t piece = len - at < sizeof(nothing) ? len - at : sizeof(nothing);
            archive_write_data(a, entries[i][1] ? entries[i][1] + at : nothing, piece);
            at += piece;
        }
        archive_entry_free(entry);
    }
    archive_write_close(a);
    archive_write_free(a);
}

static const char *const shop[][2] = {
    {"dump/pods.json", "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"items\":[{\"a\":1}]}"},
    {"../../etc/role.yaml", "apiVersion: v1\nkind: Role\n"},
    {"README", "hello\n"},
};

Test(source, reads_archives_without_writing_them)
{
    static const struct {
        const char *name;
        int format, filter;
    } forms[] = {
        {"x.tar.gz", ARCHIVE_FORMAT_TAR_PAX_RESTRICTED, ARCHIVE_FILTER_GZIP},
        {"x.tar", ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE},
        {"x.tar.xz", ARCHIVE_FORMAT_TAR_GNUTAR, ARCHIVE_FILTER_XZ},
        {"x.zip", ARCHIVE_FORMAT_ZIP, ARCHIVE_FILTER_NONE},
    };

    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        struct place p = place_new();
        pack(&p, forms[i].name, forms[i].format, forms[i].filter, shop, ARRAY_LEN(shop), 0);
        must(read_path(&p, p.dir, &source_defaults, &e));
        g_autoptr(GString) want = g_string_new(
            "@/dump/pods.json 0: v1 Pod {\"a\":1}\n@/dump/pods.json: all v1 Pod\n"
            "@/../../etc/role.yaml 0: v1 Role {\"apiVersion\":\"v1\",\"kind\":\"Role\"}\n"
            "@/README: skipped: no Kubernetes objects in it\n");
        g_string_replace(want, "@", forms[i].name, 0);
        cr_expect_str_eq(p.told->str, want->str, "%s:\n%s", forms[i].name, p.told->str);
        place_free(&p);
    }
}

Test(source, a_compressed_file_keeps_its_name)
{
    struct place p = place_new();

    static const char *const one[][2] = {{"x", "{\"metadata\":{},\"items\":[{\"a\":1}]}"}};
    pack(&p, "pods.json.gz", ARCHIVE_FORMAT_RAW, ARCHIVE_FILTER_GZIP, one, 1, 0);
    must(read_path(&p, p.dir, &source_defaults, &e));
    cr_expect_str_eq(p.told->str, "pods.json 0: v1 Pod {\"a\":1}\npods.json: all v1 Pod\n", "%s",
                     p.told->str);
    place_free(&p);
}

Test(source, a_bomb_stops_at_the_limit)
{
    struct place p = place_new();
    struct source_limits small = source_defaults;
    static const char *const bomb[][2] = {
        {"a.json", "{\"kind\":\"Pod\",\"apiVersion\":\"v1\"}"}, {"zeros", NULL}, {"b.json", "{}"}};

    small.archive_bytes = 10 << 20;
    pack(&p, "bomb.tar.gz", ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_GZIP, bomb, 3, 200 << 20);
    must(read_path(&p, p.dir, &small, &e));
    cr_expect_str_eq(
        p.told->str,
        "bomb.tar.gz/a.json 0: v1 Pod {\"kind\":\"Pod\",\"apiVersion\":\"v1\"}\n"
        "bomb.tar.gz/zeros: gap in '': binary: neither JSON nor YAML nor an archive\n"
        "bomb.tar.gz: gap in '': unpacks to more than the limit: the rest is left out\n",
        "%s", p.told->str);
    place_free(&p);
}

Test(source, a_cut_archive_gives_what_it_has)
{
    struct place p = place_new();
    g_autofree char *path = g_build_filename(p.dir, "x.tar.gz", NULL);
    g_autofree char *bytes = NULL;
    gsize len;

    pack(&p, "x.tar.gz", ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_GZIP, shop, ARRAY_LEN(shop), 0);
    cr_assert(g_file_get_contents(path, &bytes, &len, NULL));
    for (gsize cut = 1; cut < len; cut += 7) {
        put(&p, "x.tar.gz", bytes, cut);
        must(read_path(&p, p.dir, &source_defaults, &e));
        cr_expect(strstr(p.told->str, "gap in ''") || strstr(p.told->str, "README"),
                  "cut at %zu:\n%s", cut, p.told->str);
    }
    place_free(&p);
}

/* Puts a file into a tar of the same name. */
static void wrap(const struct place *p, const char *name)
{
    g_autofree char *path = g_build_filename(p->dir, name, NULL);
    g_autofree char *bytes = NULL;
    struct archive *a = archive_write_new();
    struct archive_entry *entry = archive_entry_new();
    gsize len;

    cr_assert(g_file_get_contents(path, &bytes, &len, NULL));
    archive_write_set_format_ustar(a);
    archive_write_open_filename(a, path);
    archive_entry_set_pathname(entry, "in");
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0600);
    archive_entry_set_size(entry, (la_int64_t)len);
    cr_assert_eq(archive_write_header(a, entry), ARCHIVE_OK);
    archive_write_data(a, bytes, len);
    archive_entry_free(entry);
    archive_write_free(a);
}

Test(source, archives_in_archives_end)
{
    struct place p = place_new();
    const char *pod = "{\"kind\":\"Pod\",\"apiVersion\":\"v1\"}";

    put(&p, "x.tar", pod, strlen(pod));
    for (int i = 0; i < 3; i++)
        wrap(&p, "x.tar");
    must(read_path(&p, p.dir, &source_defaults, &e));
    cr_expect_str_eq(p.told->str,
                     "x.tar/in/in/in 0: v1 Pod {\"kind\":\"Pod\",\"apiVersion\":\"v1\"}\n", "%s",
                     p.told->str);
    wrap(&p, "x.tar");
    must(read_path(&p, p.dir, &source_defaults, &e));
    cr_expect_str_eq(p.told->str, "x.tar/in/in/in: gap in '': archives in archives, too deep\n",
                     "%s", p.told->str);
    place_free(&p);
}
