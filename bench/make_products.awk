#!/usr/bin/awk -f
# Writes a product CSV in Shopify's format, always the same for the same arguments, to measure imports and lists with.
#
#   awk -v rows=200000 [-v seed=1] [-v depth=3] -f make_products.awk > products.csv
#
# Products have 1 to 5 variants, a description in HTML, and a category `depth` levels deep. Words of titles follow Zipf's law:
# the n-th word of the list comes about 1/n times as often as the first.

function word(list, count,    at, i) {
    at = rand() * zipf_total[count]
    for (i = 1; i < count && at > zipf_sum[i]; i++)
        ;
    return list[i]
}

function category(    path, level) {
    path = top[1 + int(rand() * top_count)]
    for (level = 2; level <= depth; level++)
        path = path " > " branch[1 + int(rand() * branch_count)]
    return path
}

BEGIN {
    if (!rows) rows = 1000
    if (!depth) depth = 3
    srand(seed ? seed : 1)
    noun_count = split("Shirt Dress Shoes Bag Lamp Phone Kettle Radio Blanket Basket Sandals Headwrap Charger Speaker Pot Pan Chair Stool Mat Soap Lotion Tea Coffee Rice Torch Battery Cable Watch Belt Jacket Skirt Trousers Scarf Cap Helmet Drum Mirror Cup Plate Spoon Knife Bucket Broom Rug Curtain Pillow Mattress Fan Iron Blender", nouns, " ")
    style_count = split("Classic Ankara Kitenge Cotton Solar Woven Leather Bamboo Beaded Silk Linen Copper Clay Brass Carved Printed Striped Plain Light Heavy Portable Folding Foldable Electric Manual Digital Wireless Travel Family Kids Women Men Outdoor Kitchen Garden Office School Market Village City Coast Lake River Mountain Sunrise Sunset Savanna Sahel Rift Delta", styles, " ")
    maker_count = split("Adunni Baraka Chege Dlamini Eshun Fatou Gikuyu Hadiza Imani Jabari Kwame Lindiwe Makena Nala Obi Palesa Quartey Rehema Sizwe Thandi", makers, " ")
    top_count = split("Fashion,Home & Garden,Electronics,Phones,Beauty,Groceries,Sports,Toys,Books,Tools", top, ",")
    branch_count = split("Everyday,Premium,Sale,New,Local,Imported,Handmade", branch, ",")
    size_count = split("S M L XL XXL", sizes, " ")
    for (i = 1; i <= 60; i++) {
        zipf_sum[i] = zipf_sum[i - 1] + 1 / i
        zipf_total[i] = zipf_sum[i]
    }
    print "Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Published,Option1 Name,Option1 Value,Variant SKU,Variant Grams,Variant Inventory Qty,Variant Price,Variant Compare At Price,Image Src,Image Alt Text,Status"
    while (written < rows) {
        product++
        noun = word(nouns, noun_count)
        title = word(styles, style_count) " " word(styles, style_count) " " noun " " product
        handle = tolower(title)
        gsub(/[^a-z0-9]+/, "-", handle)
        variants = 1 + int(rand() * 5)
        price = 100 + int(rand() * 20000)
        for (v = 1; v <= variants && written < rows; v++) {
            if (v == 1)
                printf("%s,%s,\"<p>%s made by %s, for %s and %s.</p><ul><li>%s</li><li>Easy to clean, \"\"really\"\"</li></ul>\",%s,%s,%s,\"%s, %s\",true,%s,%s,SKU-%d-%d,%d,%d,%d.00,%s,https://img.example/%d.jpg,%s,active\n",
                    handle, title, title, makers[1 + int(rand() * maker_count)], tolower(word(styles, style_count)),
                    tolower(word(styles, style_count)), word(styles, style_count) " finish", makers[1 + int(rand() * maker_count)],
                    category(), noun, tolower(noun), tolower(word(styles, style_count)), variants > 1 ? "Size" : "Title",
                    variants > 1 ? sizes[v] : "Default Title", product, v, 50 + int(rand() * 5000), int(rand() * 100), price,
                    rand() < 0.2 ? (price * 2) ".00" : "", product, title)
            else
                printf("%s,,,,,,,,,%s,SKU-%d-%d,%d,%d,%d.00,,,,\n", handle, sizes[v], product, v, 50 + int(rand() * 5000),
                    int(rand() * 100), price + v * 10)
            written++
        }
    }
}
