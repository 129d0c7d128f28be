import Tensor
import Transformer

/// One of the small sweeps that a lesson is made of.
struct LessonExperiment: Sendable, Equatable {
  var id: String
  /// Which of the turns that experiments take where a machine that changes must not decide between them.
  var turn = 1
  /// What it varies, for the progress lines.
  var title: String
  /// key=value, after those of the reader.
  var overrides: [String]
  var profile = false
  /// Whether the ceilings are measured again after its trials.
  var roofline = false

  /// Its folder's name.
  var folder: String { turn == 1 ? id : "\(id)-\(turn)" }
}

/// Which experiments a lesson runs, and their sizes.
struct LessonPlan: Sendable, Equatable {
  /// Tokens of the prompt where it does not vary.
  var inputLength: Int
  /// Tokens generated where they do not vary.
  var outputLength: Int
  var outputLengths: [Int]
  /// For the comparison of generation with and without a KV cache.
  var cacheLengths: [Int]
  var batchSizes: [Int]
  /// Prompts of the trials on context length, with the tokens that each generates and their batch.
  var contextLengths: [Int]
  var contextOutput: Int
  var contextBatch: Int
  /// Heads of the same model with grouped-query attention; `nil` where that cannot be asked for.
  var groupedHeads: Int?
  var dtypes: [DType]
  /// Turns that each of them takes, A B C A B C.
  var dtypeTurns = 3

  /// The shortest context that leaves room for all experiments.
  static let leastPositions = 32

  /// - positions: of the model.
  /// - heads: query heads when keys and values have as many, and the model's weights are random; otherwise `nil`.
  init(positions: Int, heads: Int?) throws {
    guard positions >= Self.leastPositions else {
      throw InputError(
        path: ["max_seq_len"], problem: "is \(positions): too short for a lesson",
        cure: "Take a model of \(Self.leastPositions) positions or more, such as yamls/125m.yaml.")
    }
    let input = min(128, positions / 4)
    let room = positions - input
    inputLength = input
    outputLength = min(33, room / 2)
    outputLengths = [1, 11, 101, 1001].filter { $0 <= room }
    cacheLengths = [1, 9, 17, 33, 65].filter { $0 <= room }
    batchSizes = [1, 2, 4, 8, 16, 32, 64]
    contextOutput = min(17, positions / 8)
    contextLengths = [positions / 16, positions / 4, positions / 2, positions - contextOutput]
    contextBatch = 4
    groupedHeads = heads.flatMap { heads in
      (1...max(1, heads / 2)).last { heads.isMultiple(of: $0) && $0 * 4 <= heads }
        ?? (heads > 1 ? 1 : nil)
    }
    dtypes = DType.allCases
  }

  var experiments: [LessonExperiment] {
    let shape = ["batch_sizes=[1]", "input_lengths=[\(inputLength)]"]
    let context = [
      "batch_sizes=[\(contextBatch)]", "input_lengths=\(contextLengths)", "output_lengths=[\(contextOutput)]",
      "use_cache=true", "num_batches=2", "num_warmup_batches=1",
    ]
    var list = [
      LessonExperiment(
        id: "phases", title: "prefill and decode",
        overrides: shape + [
          "output_lengths=[\(outputLength)]", "use_cache=true", "num_batches=5", "num_warmup_batches=2",
        ], profile: true, roofline: true),
      LessonExperiment(
        id: "output-length", title: "output lengths",
        overrides: shape + [
          "output_lengths=\(outputLengths)", "use_cache=true", "num_batches=2", "num_warmup_batches=1",
        ]),
      LessonExperiment(
        id: "cache", title: "with a KV cache",
        overrides: shape + [
          "output_lengths=\(cacheLengths)", "use_cache=true", "num_batches=2", "num_warmup_batches=1",
        ]),
      LessonExperiment(
        id: "no-cache", title: "without a KV cache",
        overrides: shape + [
          "output_lengths=\(cacheLengths)", "use_cache=false", "num_batches=1", "num_warmup_batches=1",
        ]),
      LessonExperiment(
        id: "batch", title: "batch sizes",
        overrides: [
          "batch_sizes=\(batchSizes)", "input_lengths=[\(inputLength)]", "output_lengths=[\(min(17, outputLength))]",
          "use_cache=true", "num_batches=2", "num_warmup_batches=1",
        ], roofline: true),
      LessonExperiment(id: "context", title: "context lengths", overrides: context),
    ]
    if let groupedHeads {
      list.append(
        LessonExperiment(
          id: "context-gqa", title: "context lengths with grouped-query attention",
          overrides: context + [
            "model.attn_config.attn_type=grouped_query_attention", "model.attn_config.kv_n_heads=\(groupedHeads)",
          ]))
    }
    for turn in 1...dtypeTurns {
      for dtype in dtypes {
        list.append(
          LessonExperiment(
            id: "dtype-\(dtype.rawValue)", turn: turn,
            title: "dtype \(dtype.rawValue), turn \(turn) of \(dtypeTurns)",
            overrides: shape + [
              "output_lengths=[\(outputLength)]", "use_cache=true", "num_batches=3", "num_warmup_batches=1",
              "model_dtype=\(dtype.rawValue)", "autocast_dtype=null",
            ], roofline: true))
      }
    }
    return list
  }
}
