namespace Millrace.Operators;

/// <summary>An operator that takes what a <see cref="PreAggregator{T}"/> made of records as if it were the records.</summary>
internal interface IPreAggregatedInput
{
    void OnPartials(ReadOnlySpan<byte> payload);
}
