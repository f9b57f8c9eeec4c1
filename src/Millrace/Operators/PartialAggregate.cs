namespace Millrace.Operators;

/// <summary>What records of one key and slice have been combined to.</summary>
internal struct PartialAggregate<TAcc>
{
    public TAcc Accumulator;

    /// <summary>Number of records, which receivers count where they are late.</summary>
    public uint Records;
}
