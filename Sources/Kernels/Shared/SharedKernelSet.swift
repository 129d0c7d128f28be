// The table of everything that is written once for all instruction sets.

import KernelInterface

/// The kernels of this module under the name `name`.
func sharedKernelSet(name: String) -> KernelSet {
  KernelSet(
    name: name, panelWidth: 2 * VectorSet.lanes, maximumTileRows: VectorSet.tileRows,
    matmul: MatmulKernels(fp32: matmulPanelFP32, bf16: matmulPanelBF16, fp16: matmulPanelFP16),
    attention: AttentionKernels(
      packQueries: attentionPackQueries, prefillBlock: attentionPrefillBlock, decodeFP32: attentionDecodeFP32,
      decodeBF16: attentionDecodeBF16, decodeFP16: attentionDecodeFP16),
    normalization: NormalizationKernels(layer: layerNorm, rootMeanSquare: rmsNorm),
    elementwise: ElementwiseKernels(
      gelu: geluExact, geluTanh: geluTanh, geluQuick: geluQuick, silu: silu, relu: relu, softmax: softmaxRow,
      add: addRow, multiply: multiplyRow, scale: scaleRow, clamp: clampRow, softcap: softcapRow, scaledCopy: scaledCopy,
      rotate: rotateHalves, rotateNeighbours: rotateNeighbours, indexOfMaximum: indexOfMaximum),
    conversion: ConversionKernels(
      bf16FromFP32: bf16FromFP32, fp32FromBF16: fp32FromBF16, fp16FromFP32: fp16FromFP32, fp32FromFP16: fp32FromFP16,
      packPanelFP32: packPanelFP32, packPanelBF16: packPanelBF16, packPanelFP16: packPanelFP16,
      packRowBlockFP32: packRowBlockFP32, unpackColumnFP32: unpackColumnFP32, unpackColumnBF16: unpackColumnBF16,
      unpackColumnFP16: unpackColumnFP16),
    random: RandomKernels(normal: fillNormal),
    probe: ProbeKernels(
      peakFP32: peakFP32, peakFP32OperationsPerIteration: probeRows * 2 * VectorSet.lanes * 2,
      read: readStream, pause: pause))
}
