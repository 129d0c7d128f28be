import Foundation
import Testing

@testable import Harness

@Suite struct ModelFaultTests {
  @Test("an error of the model's reader is shown at its option, in the file or on the command line")
  func located() {
    #expect(
      faults(edited("  n_heads: 4", "  n_heads: 5")) == """
        s.yaml:11:3: model.n_heads 5 does not divide d_model (64)
          11 |   n_heads: 5
             |   ^~~~~~~~~~
               choose a number of heads that divides d_model
        """)
    let shown = faults(validSweep, "model.attn_config.alibi=maybe")
    #expect(
      shown == """
        command line, column 19: model.attn_config.alibi must be true or false, is a string
           | model.attn_config.alibi=maybe
           |                   ^~~~~~~~~~~
             write true or false, or leave the option out
        """)
    #expect(faults(validSweep, "model.d_model=0").hasPrefix("command line, column 7: model.d_model must be between 1"))
    #expect(faults(edited("    attn_impl: flash", "    attn_impl: flsah")).hasPrefix("s.yaml:15:5: model.attn_config."))
  }

  @Test("independent faults of the model are reported together, consequences are not")
  func independent() {
    let text = edited("  d_model: 64", "  d_model: wide").replacing("n_layers: 2", with: "n_layers: 0")
      .replacing("attn_impl: flash", with: "attn_imp: flash")
    let shown = faults(text)
    #expect(shown.contains("s.yaml:10:3: model.d_model must be an integer, is a string"))
    #expect(shown.contains("s.yaml:12:3: model.n_layers must be between 1"))
    #expect(shown.contains("s.yaml:15:5: model.attn_config.attn_imp is no known option"))
    #expect(!shown.contains("n_heads"))
  }

  @Test("a model that is not known is answered with those that are")
  func names() {
    #expect(faults(validSweep, "model.name=mpt_causal_ml").hasSuffix("did you mean 'mpt_causal_lm'?"))
    #expect(faults(validSweep, "model.name=resnet").hasSuffix("or hf_causal_lm with a local checkpoint"))
  }

  @Test("a checkpoint is a local folder, and nothing is downloaded")
  func checkpoints() throws {
    let section = "{name: hf_causal_lm, pretrained_model_name_or_path: "
    let text = validSweep[..<validSweep.range(of: "model:\n  name")!.lowerBound] + "model: "
    let rest = "\n" + validSweep[validSweep.range(of: "device: null")!.lowerBound...]
    func faultsOf(_ path: String, _ overrides: String...) -> String {
      do {
        _ = try SweepFile.parse(Array("\(text)\(section)\(path)}\(rest)".utf8), path: "s.yaml", overrides: overrides) {
          _ in nil
        }
        return ""
      } catch { return error.description }
    }
    let hub = faultsOf("mosaicml/mpt-7b")
    #expect(hub.contains("checkpoint 'mosaicml/mpt-7b' is no local folder"))
    #expect(hub.hasSuffix("nothing is downloaded: fetch the model first and name its folder or GGUF file"))
    #expect(faultsOf("null").contains("hf_causal_lm needs model.pretrained_model_name_or_path or checkpoint"))
    #expect(faultsOf("/etc/passwd").contains("is neither a folder nor a GGUF file"))

    try withTemporaryFolder { folder in
      #expect(faultsOf(folder).contains("has no config.json"))
      try write("{}", to: folder + "/config.json")
      #expect(faultsOf(folder) == "")
      #expect(faultsOf("mosaicml/mpt-7b", "checkpoint=\(folder)") == "")
      #expect(faultsOf(folder, "model.pretrained=false").contains("model.pretrained must be true"))
      #expect(faultsOf(folder, "model.d_model=64").contains("remove it: an hf_causal_lm is what its checkpoint says"))
      #expect(try sweep(validSweep, "checkpoint=\(folder)").model == .checkpoint(folder: folder))
      #expect(faults(validSweep, "checkpoint=\(folder)", "model.n_heads=5").contains("does not divide"))
    }
  }
}
