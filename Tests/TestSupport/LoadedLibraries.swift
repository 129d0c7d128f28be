#if os(Linux)
  import Glibc

  /// The libraries of this process, and the tables in which they keep the addresses of functions from elsewhere
  /// (System V ABI, "Dynamic Linking"; glibc's `struct link_map`).
  enum LoadedLibraries {
    #if arch(arm64)
      private static let functionRelocations: [UInt64] = [1025, 1026]
    #else
      private static let functionRelocations: [UInt64] = [6, 7]
    #endif

    /// Puts `address` where a library keeps the address of the function `name`; returns how many places there were.
    @discardableResult static func replace(_ functions: [(name: StaticString, address: UInt)]) -> Int {
      // A handle is a link_map: l_addr, l_name, l_ld, l_next.
      var library = dlopen(nil, RTLD_NOW)
      var places = 0
      while let map = library {
        let bias = map.load(as: UInt.self)
        if let dynamic = map.load(fromByteOffset: 16, as: UnsafeRawPointer?.self) {
          places += replace(functions, bias, dynamic)
        }
        library = map.load(fromByteOffset: 24, as: UnsafeMutableRawPointer?.self)
      }
      return places
    }

    private static func replace(
      _ functions: [(name: StaticString, address: UInt)], _ bias: UInt, _ dynamic: UnsafeRawPointer
    ) -> Int {
      var entries: [UInt: UInt] = [:]
      var entry = dynamic
      while entry.load(as: UInt.self) != 0 {
        entries[entry.load(as: UInt.self)] = entry.load(fromByteOffset: 8, as: UInt.self)
        entry += 16
      }
      // DT_STRTAB 5, DT_SYMTAB 6; glibc has made their values addresses, except in the kernel's own library.
      guard let strings = entries[5], let symbols = entries[6], strings > bias, symbols > bias else { return 0 }
      var places = 0
      // DT_RELA 7 and DT_RELASZ 8, DT_JMPREL 23 and DT_PLTRELSZ 2: tables of offset, symbol and type, addend.
      for (table, size) in [(entries[7], entries[8]), (entries[23], entries[2])] {
        guard let table, let size, let relocations = UnsafeRawPointer(bitPattern: table) else { continue }
        for offset in stride(from: 0, to: Int(size), by: 24) {
          let information = relocations.load(fromByteOffset: offset + 8, as: UInt64.self)
          guard functionRelocations.contains(information & 0xffff_ffff) else { continue }
          let symbol = UnsafeRawPointer(bitPattern: symbols)! + Int(information >> 32) * 24
          let name = UnsafePointer<CChar>(bitPattern: strings)! + Int(symbol.load(as: UInt32.self))
          for function in functions
          where strcmp(name, UnsafeRawPointer(function.name.utf8Start).assumingMemoryBound(to: CChar.self)) == 0 {
            let place = UnsafeMutableRawPointer(
              bitPattern: bias + relocations.load(fromByteOffset: offset, as: UInt.self))!
            let page = Int(sysconf(Int32(_SC_PAGESIZE)))
            let start = UnsafeMutableRawPointer(bitPattern: UInt(bitPattern: place) & ~UInt(page - 1))!
            // The linker may have left the table read-only.
            guard mprotect(start, page, PROT_READ | PROT_WRITE) == 0 else { continue }
            place.storeBytes(of: function.address, as: UInt.self)
            places += 1
          }
        }
      }
      return places
    }
  }
#endif
