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

/* The picture in that width, upright and in sRGB, which readers take for granted: its profile would add 7 KB to each file. */
static VipsImage *shrink(const char *path, bool svg, int width)
{
    VipsImage *image = NULL;
    VipsImage *plain = NULL;
    if (vips_thumbnail(path, &image, width, "height", VIPS_MAX_COORD, "size", svg ? VIPS_SIZE_BOTH : VIPS_SIZE_DOWN,
                       "export_profile", "srgb", NULL))
        return NULL;
    if (vips_copy(image, &plain, NULL) == 0)
        vips_image_remove(plain, VIPS_META_ICC_NAME);
    g_object_unref(image);
    return plain;
}

static int save_webp(VipsImage *image, const char *path)
{
    return vips_webpsave(image, path, "Q", WEBP_QUALITY, "effort", 4, "strip", TRUE, NULL);
}

/* JPEG has no transparency: what shows through is white. */
static int save_jpeg(VipsImage *image, const char *path)
{
    VipsImage *flat = NULL;
    VipsArrayDouble *white = vips_array_double_newv(3, 255.0, 255.0, 255.0);
    int failed = vips_flatten(image, &flat, "background", white, NULL);
    if (!failed)
        failed =
            vips_jpegsave(flat, path, "Q", JPEG_QUALITY, "optimize_coding", TRUE, "interlace", TRUE, "strip", TRUE, NULL);
    vips_area_unref(VIPS_AREA(white));
    if (flat)
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

static enum status make_one(const char *path, bool svg, int width, const char *target,
                            int (*write)(VipsImage *, const char *), struct error *err)
{
    if (access(target, R_OK) == 0)
        return STATUS_OK;
    VipsImage *image = shrink(path, svg, width);
    if (!image)
        return vips_failed(err);
    enum status status = save(image, target, write, err);
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
    char target[PATH_MAX];
    int64_t widths[PICTURE_WIDTHS_MAX];
    size_t count = picture_widths(is_svg(loader) ? INT_MAX : full_width, widths);
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        snprintf(target, sizeof(target), "%s/%s-%lld.webp", media_dir, rendition.name, (long long)widths[i]);
        status = make_one(path, is_svg(loader), (int)widths[i], target, save_webp, err);
    }
    rendition.width = (int)widths[count - 1];
    if (status == STATUS_OK)
        status = measure(target, &rendition, err);
    snprintf(target, sizeof(target), "%s/%s-social.jpg", media_dir, rendition.name);
    if (status == STATUS_OK)
        status = make_one(path, is_svg(loader), PICTURE_SOCIAL_WIDTH, target, save_jpeg, err);
    if (status == STATUS_OK)
        *ret_rendition = rendition;
    return status;
}
