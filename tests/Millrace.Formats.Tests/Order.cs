using Avro;
using Avro.Specific;

namespace Millrace.Formats.Tests;

/// <summary>What avrogen makes of the schema.</summary>
public sealed class Order : ISpecificRecord
{
    public static readonly Schema _SCHEMA = Avro.Schema.Parse(
        """{"type":"record","name":"Order","namespace":"Millrace.Formats.Tests","fields":[{"name":"Id","type":"long"},{"name":"Item","type":"string"}]}"""
    );

    public Schema Schema => _SCHEMA;

    public long Id { get; set; }

    public string Item { get; set; } = "";

    public object Get(int fieldPos) => fieldPos == 0 ? Id : Item;

    public void Put(int fieldPos, object fieldValue)
    {
        if (fieldPos == 0)
        {
            Id = (long)fieldValue;
        }
        else
        {
            Item = (string)fieldValue;
        }
    }
}
