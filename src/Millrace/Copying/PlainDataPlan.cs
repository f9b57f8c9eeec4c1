namespace Millrace.Copying;

/// <summary>Copies a class of plain data and all it refers to.</summary>
internal sealed class PlainDataPlan : CopyPlan
{
    private readonly Action<object, ObjectCopier>? _fields;

    public PlainDataPlan(Type type) =>
        _fields = Mutability.FieldsOf(type).All(field => Mutability.IsImmutable(field.FieldType))
            ? null
            : (Action<object, ObjectCopier>)FieldCopier.Compile(type, typeof(Action<object, ObjectCopier>));

    public override object Copy(object value, ObjectCopier copier)
    {
        if (_fields is null)
        {
            return CloningPlan.Clone(value);
        }

        if (copier.TryGetCopy(value, out object? known))
        {
            return known!;
        }

        object copy = CloningPlan.Clone(value);
        copier.Enter(value, copy);
        try
        {
            _fields(copy, copier);
        }
        finally
        {
            copier.Leave();
        }

        return copy;
    }
}
