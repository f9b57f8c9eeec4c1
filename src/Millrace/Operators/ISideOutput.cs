namespace Millrace.Operators;

/// <summary>The untyped face of an output.</summary>
internal interface ISideOutput
{
    Type ElementType { get; }

    void EmitBuffered();

    void EmitWatermark(long watermark);

    void EmitIdle(bool idle);

    void FlushAll();
}
