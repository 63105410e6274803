-- What the shop's lists and its search read: derived from the tables of 0001 by the index_* statements of product.sql, in the
-- transaction of every change, and without foreign keys because nothing else writes them.

-- A product's price in a currency, as cards show it: of its cheapest variant.
CREATE TABLE offer (
    product_id        uuid NOT NULL,
    currency          text NOT NULL,
    price_minor       bigint NOT NULL,
    compare_at_minor  bigint,
    price_varies      boolean NOT NULL,
    PRIMARY KEY (product_id, currency)
);

-- One row for each active product, currency it is sold in, and category it lies in or below; so that any page of any list is
-- one short walk along an index, however many products there are.
CREATE TABLE listing (
    category       integer NOT NULL,
    currency       text NOT NULL,
    product_id     uuid NOT NULL,
    price_minor    bigint NOT NULL,
    title_key      text COLLATE "C" NOT NULL,       -- title without case and accents
    PRIMARY KEY (category, currency, product_id)
);
CREATE INDEX listing_price ON listing (category, currency, price_minor, product_id);
CREATE INDEX listing_title ON listing (category, currency, title_key, product_id);

-- Words without regard to case, accents and punctuation, reduced to their stems; every word counts, there are no stop words.
CREATE TEXT SEARCH DICTIONARY shop_stem (TEMPLATE = snowball, Language = english);
CREATE TEXT SEARCH CONFIGURATION shop (COPY = simple);
ALTER TEXT SEARCH CONFIGURATION shop ALTER MAPPING FOR asciiword, word, numword WITH shop_stem;

-- The form in which text is indexed and asked for: lower case, no accents, only letters and digits with blanks between.
-- Everything beyond ASCII counts as a letter, so that every script can be searched whatever the database's locale.
CREATE FUNCTION search_text(raw text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT regexp_replace(lower(unaccent(raw)), '[\u0001-\u002f\u003a-\u0060\u007b-\u007f]+', ' ', 'g')
$$;

-- What the lists and the search hold on an active product now. Besides its words (weights: A title; B vendor, type, tags,
-- category; C options; D description) the document has marks that no typed word can be: '#7' for each category number of its
-- lineage, '#KES' for each currency.
CREATE TABLE product_index (
    product_id     uuid PRIMARY KEY,
    category       integer NOT NULL,
    document       tsvector NOT NULL
);
CREATE INDEX product_index_document ON product_index USING gin (document);

-- In how many documents a stem occurs.
CREATE TABLE lexeme (
    lexeme         text COLLATE "C" PRIMARY KEY,
    products       bigint NOT NULL CHECK (products >= 0)
);

-- The vocabulary that corrections of misspelt words come from: words as they are written, and their stems.
CREATE TABLE word (
    word           text COLLATE "C" PRIMARY KEY,
    lexeme         text COLLATE "C" NOT NULL
);
CREATE INDEX word_trigrams ON word USING gin (word gin_trgm_ops);

-- The words of a query in their order: in how many documents each occurs, and for one that occurs in none the most alike word
-- of the vocabulary (NULL: nothing is alike).
CREATE FUNCTION query_words(query text) RETURNS TABLE (typed text, products bigint, correction text) LANGUAGE sql STABLE AS $$
    SELECT asked.typed, coalesce(known.products, 0), best.word
      FROM string_to_table(btrim(search_text(query)), ' ') WITH ORDINALITY AS asked (typed, position)
      LEFT JOIN lexeme known ON known.lexeme = (ts_lexize('shop_stem', asked.typed))[1]
      LEFT JOIN LATERAL (SELECT word.word
                           FROM word
                           JOIN lexeme ON lexeme.lexeme = word.lexeme AND lexeme.products > 0
                          WHERE coalesce(known.products, 0) = 0 AND word.word % asked.typed
                          ORDER BY similarity(word.word, asked.typed) DESC, lexeme.products DESC, word.word
                          LIMIT 1) best ON true
     WHERE asked.typed <> ''
     ORDER BY asked.position
$$;
