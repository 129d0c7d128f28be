extension Checkpoint {
  /// Messages beyond this many are only counted.
  private var problemLimit: Int { 10 }

  /// Checks that the checkpoint holds exactly the tensors of `model`, in their shapes and in dtypes that can be read.
  ///
  /// Throws one error that lists all problems, or the first ten of them.
  public func validate(against model: ModelConfiguration) throws(InputError) {
    let problems = problems(against: model)
    guard let first = problems.first else { return }
    if problems.count == 1 { throw first }
    var lines = problems.prefix(problemLimit).map { problem in
      "\n    \((problem.path + [problem.problem]).joined(separator: ": "))"
    }
    if problems.count > problemLimit { lines.append("\n    … and \(problems.count - problemLimit) more") }
    throw InputError(
      file: path, problem: "the tensors do not fit the configuration:\(lines.joined())",
      cure: first.cure ?? "check that \(configurationName) belongs to these weights")
  }

  /// Missing, misshapen, unreadable and unexpected tensors, in this order by the model's order of tensors.
  func problems(against model: ModelConfiguration) -> [InputError] {
    var problems: [InputError] = []
    var expected: Set<String> = []
    let cure = "check that \(configurationName) belongs to these weights"
    for tensor in model.tensors {
      expected.insert(tensor.name)
      let path = [quoted(tensor.name)]
      guard let shape = shape(of: tensor.name) else {
        problems.append(InputError(file: self.path, path: path, problem: "is missing", cure: cure))
        continue
      }
      if shape != tensor.shape {
        problems.append(
          InputError(
            file: self.path, path: path,
            problem: "has shape \(abbreviated(shape)), the configuration asks for \(abbreviated(tensor.shape))",
            cure: cure))
      } else if dtype(of: tensor.name) == nil {
        problems.append(unreadableDType(tensor.name, dtypeName(of: tensor.name) ?? ""))
      }
    }
    for name in tensorNames where !expected.contains(name) && !isHarmless(name, for: model) {
      problems.append(
        InputError(
          file: path, path: [quoted(name)], problem: "is a tensor that the configured model does not have", cure: cure))
    }
    return problems
  }
}
