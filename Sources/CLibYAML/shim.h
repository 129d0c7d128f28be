#if __has_include(<yaml.h>)
#include <yaml.h>
#else
#error "libyaml is missing. Install it: 'apt-get install libyaml-dev' (Debian, Ubuntu), 'dnf install libyaml-devel' (Fedora), 'brew install libyaml' (macOS); or run 'make setup'."
#endif
