namespace Millrace.Copying;

/// <summary>Copies structs that travel as objects.</summary>
internal sealed class BoxPlan<T> : CopyPlan
    where T : struct
{
    public override object Copy(object value, ObjectCopier copier) => copier.Copy((T)value);
}
