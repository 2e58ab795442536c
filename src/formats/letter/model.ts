import type { Structure } from './letter-types.ts';

/**
 * What letter trees consist of: `Name` is text, `Name:Type` a node of that type, `*` may repeat. Names are those of OIOXML where it has them.
 * XML may bring more elements than these; they stay in the tree, but no map reads them.
 */
export const TYPES: Readonly<Record<string, string>> = {
  Time: 'DateTime',
  Envelope: 'Identifier Sent:Time AcknowledgementCode',
  Head: 'Identifier TypeCode VersionCode StatisticalCode StatusCode Authorisation:Time LetterDateTime Ordered:Time EpisodeOfCareIdentifier NotificationIdentifier',
  Address:
    'StreetName SuburbName DistrictName PostCodeIdentifier CountryCode CountyCode MunicipalityId MunicipalityName',
  Telephone: 'Number Code',
  Staff:
    'AuthorisationIdentifier Identifier IdentifierCode TitleAndName PersonTitle PersonName PersonInitials PersonGivenName PersonSurnameName Occupation SpecialityCode',
  Contact:
    'ContactName* ContactNamePrimary ContactNameSecondary ContactTimeText Telephone:Telephone* TelefaxSubscriberIdentifier EmailIdentifier EmailAddressIdentifier',
  Unit: 'Identifier IdentifierCode OrganisationName DepartmentName UnitName',
  Location: 'EANIdentifier',
  Party:
    'EANIdentifier MedicalSpecialityCode Telephone:Telephone* +Unit +Address ContactInformation:Contact* Contact:Unit AnswerTo:Party Referrer:Staff Physician:Staff Examinator:Staff Issuer:Staff PersonInOrganisation:Staff SignedBy:Staff Signatur:Staff',
  Consent: 'Given Text',
  Patient:
    'CivilRegistrationNumber AlternativeIdentifier PersonSurnameName PersonGivenName +Address Occupation EpisodeOfCareStatusCode Telephone:Telephone* EmailIdentifier DateOfBirth Sex Type Consent:Consent',
  Relative:
    'RelationCode PersonIdentifier PersonSurnameName PersonGivenName InformedRelative Telephone:Telephone* +Address',
  Object: 'ObjectIdentifier ObjectCode ObjectExtensionCode OriginalObjectSize Object_Base64Encoded',
  Link: 'RefDescription URL BIN:Object SUP',
  Words: 'Text',
  Diagnose: 'DiagnoseDescriptionCode DiagnoseCode DiagnoseTypeCode DiagnoseText DiagnoseDateTime:Time',
  Diagnoses: 'Main:Diagnose MainAdditional:Diagnose* Other:Diagnose*',
  Reasons: 'Identifier Received:Time Refer:Diagnose* ReferralAdditional:Diagnose*',
  Period: 'Start:Time End:Time',
  Letter: 'Envelope:Envelope Letter:Head Sender:Party Receiver:Party CCReceiver:Party* AnswerCCReceiver:Party*',
  PatientLetter: '+Letter Patient:Patient Relative:Relative* Reference:Link*',

  Terminology: 'Code CodeSystem CodeDescription',
  ProblemArea: 'Terminology:Terminology ProblemArea',
  ProblemAreas: 'NursingProblemArea:ProblemArea*',
  Told: 'DateTime Code Text CommentsText LastModifiedDate AbilityToFunctionRelevance',
  Admission: 'DateTime CauseOfAdmission:Told',
  CareLetter:
    '+PatientLetter Practitioner:Practitioner Admission:Admission Discharge:Time EndOfTreatment:Told PlannedDischarge:Told PlanConference:Told CauseOfAdmission:Told PatientHealthSummary:Told Treatments:Told Medicine:Told MotionEvaluation:Told Auxiliaries:Told Services:Told CareDescription:Told AbilityToFunctionAtDischarge:Told NursingProblemAreas:ProblemAreas Diagnose:Diagnoses ClinicalInformation:Words',
  Practitioner: '+Unit PersonName Telephone:Telephone*',

  MdsName: 'Examination Material Location',
  Analysis:
    'AnalysisCode AnalysisCodeType AnalysisCodeResponsible AnalysisShortName AnalysisCompleteName MICAnalysisCode AnalysisMDSName:MdsName ExaminationTypeCode Examinator',
  Interval: 'TypeOfInterval LowerLimit UpperLimit IntervalText',
  Result:
    'ResultStatusCode Analysis:Analysis ProducerOfLabResult:Unit ResultType Operator Value Unit ResultValidation ReferenceInterval:Interval* ResultTextValue* ResultComments* Reference:Link*',
  SamplingInterval: 'StartDateTime:Time EndDateTime:Time',
  Sample:
    'RequesterSampleIdentifier LaboratoryInternalSampleIdentifier MaterialDescription MaterialPreTreatment SamplingDateTime:Time SampleReceivedDateTime:Time SamplingInterval:SamplingInterval Volume UnitOfVolume CodedResults:CodedResults* Reference:Link*',
  Indication: 'IndicationCode IndicationText',
  Requisition:
    'RequestersRequisitionIdentifier ReceiversRequisitionIdentifier RequisitionDateTime:Time SamplingDateTime:Time SamplingDateTimeType SampleReceivedDateTime:Time SamplingLocationCode NumberOfTestTubes ClinicalInformation CodedClinicalInformation:Indication Comments* CarbonCopyReceiver Reference:Link*',
  RequestRequisition: '+Requisition Sample:Sample*',
  ReportRequisition: '+Requisition Sample:Sample',
  General: 'LaboratoryInternalProductionIdentifier ResultsDateTime:Time ResultStatus ResultStatusCode',
  Coded: 'Code CodeType CodeResponsible CodeText Text Comment',
  CodedResults: 'Headline Topography:Coded Result:Coded*',
  CodedFormat: 'DiagnosisHeadline Sample:Sample*',
  TableFormat: 'ResultHeadline TableResult',
  Part: 'Headline Text Reference:Link*',
  Cells: 'CellTypes CellType Marrow Peripheral',
  BloodCount: 'Headline Labels:Cells Result:Cells*',
  TextualFormat: 'Macroscopic:Part* Microscopic:Part* Hematology:BloodCount* Conclusion:Part* Comments:Part*',
  Findings: 'Headline Comments*',
  Growth: 'Text',
  Microorganism: 'Identification:Coded GrowthValue:Growth',
  Antibiotic: 'AntibioticName:Coded',
  PatternEntry: 'RefAntibiotic RefMicroorganism Susceptibility',
  Pattern: 'Headline Antibiotic:Antibiotic* PatternEntry:PatternEntry* SusceptibilityInterpretation',
  Culture: 'Headline Comments* Microorganism:Microorganism* Pattern:Pattern',
  Investigation: 'Examination:Analysis MicroscopicFindings:Findings CultureFindings:Culture Comments*',
  Results:
    'GeneralResultInformation:General Result:Result* CodedFormat:CodedFormat TableFormat:TableFormat TextualFormat:TextualFormat Investigation:Investigation*',
  Report: '+PatientLetter RequisitionInformation:ReportRequisition LaboratoryResults:Results',

  Payer: 'PayersTypeCode +Unit',
  Wanted: 'ResultPriority Analysis:Analysis SupplementaryLocation SupplementaryAnalysis',
  Numerical: 'Value Unit',
  Answer: 'Text Numerical:Numerical DiagnoseCode DateTime',
  Prompt: 'Question:Coded Answer:Answer',
  Cervix:
    'Condyloma IUD Pregnant DateOfPeriod HormonTherapy DateOfCryoTherapy DateOfLaser DateOfConisation DateOfHysterectomi DateOfIrradiation DateOfChemoTherapy',
  Requests: 'RequestedAnalysis:Wanted* Prompt:Prompt* SupplementaryCervixInformations:Cervix',

  ReferralCircumstances: 'Priority ReferralStatus Transport Supplementary ClinicalReason Information',
  Clinical: 'Cave Anamnesis Examination ActualMedicine FirstDateOfPeriod',
  Visitation: 'InformationCode Information',
  EmailCircumstances: 'Priority Subject',

  Dose: 'Status CopyRequired',
  Delivery: 'PriorityOfDelivery ContactName PseudoAddress +Address',
  PrescriptionInformation:
    'SenderComputerSystem MessageStatusCode OrderDate DrugDatabaseVersion DoseDispenseInformation:Dose OrderInstruction DeliveryInformation Delivery:Delivery',
  Importer: 'ShortName LongName',
  Dosage: 'DosageCode DosageText Period PeriodUnit',
  IndicationText: 'Code Text',
  Iteration: 'Number Interval IntervalUnit',
  Dispensing: 'StartDate EndDate',
  Drug: 'PackageIdentifier NameOfDrug DosageForm DrugStrength PackageSize Importer:Importer NumberOfPackings SubstitutionCode ReimbursementClause Indication:IndicationText Dosage:Dosage* Iteration:Iteration* DoseDispensing:Dispensing* SupplementaryInformation*',

  OriginalLetter: 'OriginalLetterIdentifier OriginalVersionCode Accepted RefuseCode RefuseText',
  Original:
    'OriginalEnvelopeIdentifier OriginalSender:Location OriginalReceiver:Location Accepted RefuseCode RefuseText OriginalLetter:OriginalLetter*',
};

/** The tree of each letter, as in TYPES. */
export const STRUCTURES: Readonly<Record<Structure, string>> = {
  NotificationOfAdmission: '+PatientLetter Admission:Time',
  NotificationOfDischarge: '+PatientLetter Discharge:Time',
  AnswerOfAdmission: '+PatientLetter ClinicalInformation:Words',
  DischargeLetter: '+PatientLetter Period:Period Diagnose:Diagnoses Referral:Reasons ClinicalInformation:Words',
  BookingConfirmation: '+PatientLetter Confirmation:Time Referral:Reasons ClinicalInformation:Words',
  ClinicalEmail: '+PatientLetter AdditionalInformation:EmailCircumstances ClinicalInformation:Words',
  ReportOfAdmission: '+CareLetter',
  ReportOfDischarge: '+CareLetter',
  WarningOfDischarge: '+CareLetter',
  ProgressOfCarePlan: '+CareLetter',
  Referral:
    '+PatientLetter AdditionalInformation:ReferralCircumstances Referral:Reasons RelevantClinicalInformation:Clinical ClinicalInformation:Words HospitalVisitation:Visitation*',
  LaboratoryReport: '+Report',
  MicrobiologyWebReport: '+Report',
  PathologyReport: '+Report',
  LaboratoryRequest: '+PatientLetter Payer:Payer RequisitionInformation:RequestRequisition Requests:Requests',
  Prescription:
    '+PatientLetter PreferredPharmacy:Party ForGPUse ForGPClinicUse PrescriptionInformation:PrescriptionInformation Drug:Drug*',
  BinaryLetter: '+PatientLetter BinaryObject:Object',
  Receipt: '+Letter OriginalEmessage:Original',
};
