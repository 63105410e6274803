/* Reads a picture by libvips, as a stream, and writes its renditions. */
#include "rendition.h"

#include <errno.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vips/vips.h>

#define RULES "portal renditions 1" /* goes into the names: change it when renditions come out different */
#define WEBP_QUALITY 72
#define WEBP_EFFORT 2 /* of 6; more costs seconds of an import for a few per cent of size */
#define JPEG_QUALITY 82

static const char *const loaders[] = {"VipsForeignLoadJpegFile", "VipsForeignLoadPngFile", "VipsForeignLoadWebpFile",
                                      "VipsForeignLoadNsgifFile", "VipsForeignLoadSvgFile"};

/* ---- the file ---- */

static enum status check_size(FILE *file, struct error *err)
{
    struct stat info;
    if (fstat(fileno(file), &info) || !S_ISREG(info.st_mode))
        return error_set(err, STATUS_INVALID_ARGUMENT, "This is not a file.");
    if (info.st_size > RENDITION_FILE_MAX)
        return error_set(err, STATUS_INVALID_ARGUMENT, "A picture's file has at most %u MiB.", RENDITION_FILE_MAX >> 20);
    return STATUS_OK;
}

static enum status make_name(const char *path, char name[PICTURE_NAME_SIZE], struct error *err)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return error_set(err, STATUS_INVALID_ARGUMENT, "The file cannot be opened: %s.", strerror(errno));
    enum status status = check_size(file, err);
    crypto_generichash_state state;
    unsigned char digest[(PICTURE_NAME_SIZE - 1) / 2];
    unsigned char chunk[65536];
    crypto_generichash_init(&state, NULL, 0, sizeof(digest));
    crypto_generichash_update(&state, (const unsigned char *)RULES, sizeof(RULES));
    for (size_t size; status == STATUS_OK && (size = fread(chunk, 1, sizeof(chunk), file)) > 0;)
        crypto_generichash_update(&state, chunk, size);
    crypto_generichash_final(&state, digest, sizeof(digest));
    sodium_bin2hex(name, PICTURE_NAME_SIZE, digest, sizeof(digest));
    fclose(file);
    return status;
}

static bool is_svg(const char *loader)
{
    return strcmp(loader, "VipsForeignLoadSvgFile") == 0;
}

/* The loader for a file that the shop takes; its pixels are counted before any is decoded. */
static enum status probe(const char *path, const char **ret_loader, int *ret_width, struct error *err)
{
    const char *loader = vips_foreign_find_load(path);
    bool known = false;
    for (size_t i = 0; loader && i < sizeof(loaders) / sizeof(loaders[0]); i++)
        known |= strcmp(loader, loaders[i]) == 0;
    VipsImage *image = known ? vips_image_new_from_file(path, NULL) : NULL;
    if (!image)
        return error_set(err, STATUS_INVALID_ARGUMENT, "This is not a JPEG, PNG, WebP, GIF or SVG picture.");
    int64_t width = vips_image_get_width(image);
    int64_t height = vips_image_get_height(image);
    int orientation = vips_image_get_orientation(image);
    g_object_unref(image);
    if (width < 1 || height < 1 || width * height > RENDITION_PIXELS_MAX)
        return error_set(err, STATUS_INVALID_ARGUMENT, "A picture has at most %lld million pixels.",
                         (long long)(RENDITION_PIXELS_MAX / 1000000));
    *ret_loader = loader;
    *ret_width = (int)(orientation >= 5 ? height : width);
    return STATUS_OK;
}

/* ---- renditions ---- */

static enum status vips_failed(struct error *err)
{
    vips_error_clear(); /* its text may name paths */
    return error_set(err, STATUS_INVALID_ARGUMENT, "The picture is damaged, or cannot be written into the media folder.");
}

/* Transparency that hides nothing costs more to encode than the colours. */
static VipsImage *without_idle_alpha(VipsImage *image)
{
    VipsImage *alpha = NULL;
    VipsImage *colours = NULL;
    double least = 0;
    if (vips_image_hasalpha(image) && vips_extract_band(image, &alpha, vips_image_get_bands(image) - 1, NULL) == 0 &&
        vips_min(alpha, &least, NULL) == 0 && least == 255)
        vips_extract_band(image, &colours, 0, "n", vips_image_get_bands(image) - 1, NULL);
    if (alpha)
        g_object_unref(alpha);
    if (!colours)
        return image;
    g_object_unref(image);
    return colours;
}

/* The picture as large as any rendition wants it, upright, decoded once into memory. It is in sRGB, which readers take for
 * granted: the profile would add 7 KB to each file. */
static VipsImage *load(const char *path, bool svg)
{
    VipsImage *image = NULL;
    if (vips_thumbnail(path, &image, PICTURE_SOCIAL_WIDTH, "height", VIPS_MAX_COORD, "size",
                       svg ? VIPS_SIZE_BOTH : VIPS_SIZE_DOWN, "export_profile", "srgb", NULL))
        return NULL;
    VipsImage *memory = vips_image_copy_memory(image);
    g_object_unref(image);
    if (!memory)
        return NULL;
    vips_image_remove(memory, VIPS_META_ICC_NAME);
    return without_idle_alpha(memory);
}

static VipsImage *shrink(VipsImage *image, int width)
{
    VipsImage *smaller = NULL;
    if (vips_thumbnail_image(image, &smaller, width, "height", VIPS_MAX_COORD, "size", VIPS_SIZE_DOWN, NULL))
        return NULL;
    return smaller;
}

static int save_webp(VipsImage *image, const char *path)
{
    return vips_webpsave(image, path, "Q", WEBP_QUALITY, "effort", WEBP_EFFORT, "strip", TRUE, NULL);
}

/* JPEG has no transparency: what shows through is white. */
static VipsImage *without_alpha(VipsImage *image)
{
    VipsImage *flat = NULL;
    VipsArrayDouble *white = vips_array_double_newv(3, 255.0, 255.0, 255.0);
    int failed =
        vips_image_hasalpha(image) ? vips_flatten(image, &flat, "background", white, NULL) : vips_copy(image, &flat, NULL);
    vips_area_unref(VIPS_AREA(white));
    return failed ? NULL : flat;
}

static int save_jpeg(VipsImage *image, const char *path)
{
    VipsImage *flat = without_alpha(image);
    if (!flat)
        return -1;
    int failed =
        vips_jpegsave(flat, path, "Q", JPEG_QUALITY, "optimize_coding", TRUE, "interlace", TRUE, "strip", TRUE, NULL);
    g_object_unref(flat);
    return failed;
}

/* Writes beside and renames, so that nobody ever sees half a picture. */
static enum status save(VipsImage *image, const char *target, int (*write)(VipsImage *, const char *), struct error *err)
{
    char part[PATH_MAX];
    if (snprintf(part, sizeof(part), "%s.%ld.part", target, (long)getpid()) >= PATH_MAX)
        return error_set(err, STATUS_INVALID_ARGUMENT, "The path of the media folder is too long.");
    if (write(image, part) || rename(part, target)) {
        unlink(part);
        return vips_failed(err);
    }
    return STATUS_OK;
}

/* A file that is to be there. */
struct target {
    char path[PATH_MAX];
    int width;
    int (*write)(VipsImage *, const char *);
};

#define TARGETS_MAX (PICTURE_WIDTHS_MAX + 1)

/* The WebPs by rising width, the JPEG behind them. Returns how many. */
static size_t list_targets(const char *media_dir, const char *name, int64_t full_width, struct target targets[TARGETS_MAX])
{
    int64_t widths[PICTURE_WIDTHS_MAX];
    size_t count = picture_widths(full_width, widths);
    for (size_t i = 0; i < count; i++) {
        targets[i] = (struct target){.width = (int)widths[i], .write = save_webp};
        snprintf(targets[i].path, PATH_MAX, "%s/%s-%lld.webp", media_dir, name, (long long)widths[i]);
    }
    targets[count] = (struct target){.width = PICTURE_SOCIAL_WIDTH, .write = save_jpeg};
    snprintf(targets[count].path, PATH_MAX, "%s/%s-social.jpg", media_dir, name);
    return count + 1;
}

static bool all_there(const struct target *targets, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (access(targets[i].path, R_OK) != 0)
            return false;
    return true;
}

static enum status make_targets(const char *path, bool svg, const struct target *targets, size_t count, struct error *err)
{
    VipsImage *image = load(path, svg);
    if (!image)
        return vips_failed(err);
    enum status status = STATUS_OK;
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        VipsImage *smaller = shrink(image, targets[i].width);
        status = smaller ? save(smaller, targets[i].path, targets[i].write, err) : vips_failed(err);
        if (smaller)
            g_object_unref(smaller);
    }
    g_object_unref(image);
    return status;
}

static enum status measure(const char *target, struct rendition *rendition, struct error *err)
{
    VipsImage *image = vips_image_new_from_file(target, NULL);
    if (!image)
        return vips_failed(err);
    rendition->height = vips_image_get_height(image);
    g_object_unref(image);
    return STATUS_OK;
}

enum status rendition_make(const char *path, const char *media_dir, struct rendition *ret_rendition, struct error *err)
{
    const char *loader = NULL;
    int full_width = 0;
    struct rendition rendition = {0};
    enum status status = make_name(path, rendition.name, err);
    if (status == STATUS_OK)
        status = probe(path, &loader, &full_width, err);
    if (status)
        return status;
    struct target targets[TARGETS_MAX];
    size_t count = list_targets(media_dir, rendition.name, is_svg(loader) ? INT_MAX : full_width, targets);
    if (!all_there(targets, count))
        status = make_targets(path, is_svg(loader), targets, count, err);
    const struct target *largest = &targets[count - 2];
    rendition.width = largest->width;
    if (status == STATUS_OK)
        status = measure(largest->path, &rendition, err);
    if (status == STATUS_OK)
        *ret_rendition = rendition;
    return status;
}
