// Written by scripts/make_decompositions.py from the Unicode character database.

extension UnicodeTables {
  /// Scalars that composition never makes: `distance from the entry before;`, all in base 36.
  static let compositionExclusions: StaticString = """
    n8;178;1;1;1;1;1;1;1;3h;1;2;2c;3;z;1;1;3;72;1;rq;a;5;5;5;d;a;2;1;2;9;i;a;5;5;5;d;5cz;154x;2;b;1;1;1;1;1;1;1;1;1;\
    1;1;1;2;1;1;1;1;2;2;1;2;1;2;1;1;1;1;1;1;1;1;16a8;1;1;1;1;1;1;2f;1;1;1;1;1;
    """
}
