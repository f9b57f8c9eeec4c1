namespace Millrace.Operators;

/// <summary>The untyped face of an output.</summary>
internal interface ISideOutput
{
    Type ElementType { get; }

    /// <summary>Whether records are being handed on: an exception then comes from there.</summary>
    bool IsDelivering { get; }

    void EmitBuffered();

    /// <summary>Forgets what has been collected behind the first <paramref name="kept"/> records and not been handed over.</summary>
    void Discard(int kept);

    void EmitWatermark(long watermark);

    void EmitIdle(bool idle);

    void FlushAll();
}
