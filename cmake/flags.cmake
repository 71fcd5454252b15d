# Every flag carries a line that says why it is on.
add_library(emis_flags INTERFACE)
target_compile_definitions(emis_flags INTERFACE
  EMIS_VERSION="${PROJECT_VERSION}" # what --version prints
  _GNU_SOURCE                     # pthread names, getrandom, pipe2: Linux is the only platform
)
target_include_directories(emis_flags INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(emis_flags INTERFACE
  -Wall -Wextra -Werror           # a warning is a defect
  -Wshadow                        # a shadowed `err` hides a lost error
  -Wstrict-prototypes             # f() is not f(void)
  -Wmissing-prototypes            # a public function without a header is not public
  -Wpointer-arith                 # no arithmetic on void *
  -Wwrite-strings                 # literals are const
  -Wvla                           # stack use stays bounded
  -Wformat=2                      # no format string from data
  -Wundef                         # a misspelt macro is not 0
  -Wconversion -Wno-sign-conversion # a count never narrows silently
  -fno-common                     # one definition each
  -fno-strict-aliasing            # wire bytes are read through typed pointers in places
  -fno-omit-frame-pointer         # readable profiles and sanitizer stacks
)
if(EMIS_SANITIZE)
  target_compile_options(emis_flags INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all)
  target_link_options(emis_flags INTERFACE -fsanitize=address,undefined)
endif()
if(EMIS_TSAN)
  target_compile_options(emis_flags INTERFACE -fsanitize=thread)
  target_link_options(emis_flags INTERFACE -fsanitize=thread)
endif()
if(EMIS_COVERAGE)
  target_compile_options(emis_flags INTERFACE --coverage)
  target_link_options(emis_flags INTERFACE --coverage)
endif()
if(EMIS_HARDEN)
  set(CMAKE_POSITION_INDEPENDENT_CODE ON)
  target_compile_options(emis_flags INTERFACE
    -fPIE                         # address randomisation
    -fstack-protector-strong      # canaries
    -fstack-clash-protection      # no jump over the guard page
    -fcf-protection=full          # shadow stack and branch tracking
    -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 # checked libc calls
  )
  target_link_options(emis_flags INTERFACE -pie -Wl,-z,relro,-z,now -Wl,-z,noexecstack)
endif()
