namespace Millrace.Copying;

/// <summary>A copy made by a function.</summary>
internal sealed class DelegatePlan(Func<object, object> copy) : CopyPlan
{
    public override object Copy(object value, ObjectCopier copier) => copy(value);
}
