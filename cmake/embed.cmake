# Files that become part of a program: SQL, migrations, templates, assets. The generator is cmake/embed.c.

add_executable(embed ${PROJECT_SOURCE_DIR}/cmake/embed.c)
target_compile_options(embed PRIVATE -fno-sanitize=all)
target_link_options(embed PRIVATE -fno-sanitize=all)

function(_embed target mode prefix base header)
  set(dir ${CMAKE_CURRENT_BINARY_DIR}/embed)
  file(MAKE_DIRECTORY ${dir})
  set(files ${ARGN})
  list(TRANSFORM files REPLACE "^[^=]*=" "" OUTPUT_VARIABLE inputs)
  add_custom_command(OUTPUT ${dir}/${base}.c ${dir}/${base}.h
    COMMAND embed ${mode} ${prefix} ${dir}/${base}.c ${dir}/${base}.h ${header} ${files}
    DEPENDS embed ${inputs} VERBATIM)
  set_source_files_properties(${dir}/${base}.c PROPERTIES COMPILE_OPTIONS "-w")
  target_sources(${target} PRIVATE ${dir}/${base}.c ${dir}/${base}.h)
  target_include_directories(${target} PUBLIC ${dir})
endfunction()

# portal_sql(catalog_core catalog.sql) -> "catalog_sql.h" with sql_catalog_<name> and sql_catalog_all
function(portal_sql target file)
  get_filename_component(stem ${file} NAME_WE)
  _embed(${target} sql ${stem} ${stem}_sql db.h ${CMAKE_CURRENT_SOURCE_DIR}/${file})
endfunction()

# portal_migrations(catalog_core catalog schema) -> "catalog_migrations.h" with catalog_migrations[], catalog_migrations_count
function(portal_migrations target prefix folder)
  file(GLOB files CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*.sql)
  list(SORT files)
  set(pairs)
  foreach(file ${files})
    get_filename_component(name ${file} NAME_WE)
    list(APPEND pairs ${name}=${file})
  endforeach()
  _embed(${target} list ${prefix}_migrations ${prefix}_migrations db_migrate.h ${pairs})
endfunction()

# portal_embed(gateway_core web_files ${PROJECT_SOURCE_DIR}/web GLOB...) -> "web_files.h" with web_files[], web_files_count
function(portal_embed target prefix folder)
  set(patterns ${ARGN})
  list(TRANSFORM patterns PREPEND ${folder}/)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS ${patterns})
  list(SORT files)
  set(pairs)
  foreach(file ${files})
    file(RELATIVE_PATH name ${folder} ${file})
    list(APPEND pairs ${name}=${file})
  endforeach()
  _embed(${target} list ${prefix} ${prefix} embedded.h ${pairs})
endfunction()
